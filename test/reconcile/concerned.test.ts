import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationEntrySpec } from '../../src/api/v1alpha1.ts'
import { createConcerns } from '../../src/reconcile/concerned.ts'
import { createKnownPolicies } from '../../src/reconcile/known-policies.ts'
import { application } from '../core/build-application.ts'
import { storedPolicy } from './build-run.ts'

type Entries = readonly ApplicationEntrySpec[]

function concernsOf(given: Readonly<Record<string, Entries>>) {
  const stored = new Map(
    Object.entries(given).map(([name, applications]) => [name, storedPolicy({ name, given: { applications } })]),
  )
  const policies = createKnownPolicies(
    { get: () => undefined, list: () => [...stored.values()], patchStatus: () => Promise.resolve() },
    () => 0,
  )
  return { concerns: createConcerns(policies), stored }
}

const front = { matchLabels: { tier: 'front' } }
const policies: Readonly<Record<string, Entries>> = {
  exact: [{ name: 'web' }],
  'exact-and-labelled': [{ name: 'web', selector: front }],
  another: [{ name: 'api' }],
  glob: [{ name: 'w*' }],
  labelled: [{ selector: front }],
  elsewhere: [{ name: 'web', namespace: 'team-*' }],
  'here-and-there': [{ name: 'api' }, { name: 'web' }, { name: 'web*' }],
}

const plain = application()
const labelled = application({ labels: { tier: 'front' } })
const moved = application({ namespace: 'team-a' })
type Row = readonly [
  what: string,
  before: typeof plain | undefined,
  after: typeof plain | undefined,
  keys: readonly string[],
]
const rows: readonly Row[] = [
  ['one that came', undefined, plain, ['exact', 'here-and-there', 'glob']],
  ['one that went', plain, undefined, ['exact', 'here-and-there', 'glob']],
  ['one that got a label', plain, labelled, ['exact', 'exact-and-labelled', 'here-and-there', 'glob', 'labelled']],
  ['one that lost a label', labelled, plain, ['exact', 'exact-and-labelled', 'here-and-there', 'glob', 'labelled']],
  ['one of another namespace', undefined, moved, ['elsewhere']],
]
for (const [what, before, after, keys] of rows)
  test(`whom an Application concerns, each once: ${what}`, () => {
    const { concerns } = concernsOf(policies)
    assert.deepEqual(
      concerns.of({ before, after }),
      keys.map((name) => `argocd/${name}`),
    )
  })

test('what policies want is looked at anew when one has changed', () => {
  const { concerns, stored } = concernsOf({ exact: [{ name: 'web' }] })
  assert.equal(concerns.of({ before: undefined, after: plain }).length, 1)
  stored.clear()
  assert.equal(concerns.of({ before: undefined, after: plain }).length, 1)
  concerns.renew()
  assert.deepEqual(concerns.of({ before: undefined, after: plain }), [])
})
