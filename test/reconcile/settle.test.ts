import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { ReconcileError } from '../../src/errors.ts'
import { nothingFollowed } from '../../src/reconcile/follow.ts'
import { settle } from '../../src/reconcile/settle.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, now, placeWith, runOf, runtimeMemory } from './build-run.ts'

interface Scene {
  readonly desired?: string
  readonly status?: ImageUpdatePolicyStatus
  /** The process has looked into history before. */
  readonly looked?: boolean
  readonly failure?: ReconcileError
}

const created = Date.parse('2026-01-01T00:00:00Z')
const written = (value: string, more: object = {}) => ({
  applications: [{ name: 'web', namespace: 'argocd', written: value, ...more }],
})

/** Settles a policy of which 1.5.0 is the choice; what Argo CD may have to be asked to look at. */
async function caughtUp({ desired = '1.5.0', status, looked = false, failure }: Scene) {
  const asked: unknown[] = []
  const runtime = runtimeMemory()
  if (looked) runtime.looked.add('argocd/web')
  const run = runOf({ runtime, ...(status === undefined ? {} : { status }) })
  const place = placeWith(desired, {
    catchUp: (...args) => {
      asked.push(args)
      return failure === undefined ? Promise.resolve() : Promise.reject(failure)
    },
  })
  const method = { claims: () => [], possible: () => [], aliases: () => [], observe: () => Promise.resolve(place) }
  const matter = { spec: policySpec(), choice: { tag: '1.5.0' }, metadata: new Map(), conflictAt: () => undefined }
  const { applications } = await settle(run, matter, [{ link: linkTo(application()), place }], {
    place: { lend: (awaited) => awaited },
    deps: { methods: { argocd: method, git: method }, follow: async () => nothingFollowed, clock: () => now },
  })
  return { asked, told: applications[0]?.result.kind }
}

const rows: readonly [name: string, scene: Scene, asked: readonly unknown[]][] = [
  ['the status knows nothing of it', {}, [['1.5.0', created]]],
  [
    'the status knows of an older write only',
    { status: written('1.4.0', { writtenAt: '2026-02-01T00:00:00Z' }) },
    [['1.5.0', Date.parse('2026-02-01T00:00:00Z')]],
  ],
  ['the status knows of it', { status: written('1.5.0') }, []],
  ['this process has written there, or looked', { looked: true }, []],
  ['what was written was forgotten on purpose', { status: { ...written('1.5.0'), writtenFor: 'another' } }, []],
  ['it is written only now', { desired: '1.4.0' }, []],
]
for (const [name, scene, asked] of rows)
  test(`a choice that is desired already may not have been looked at by Argo CD: ${name}`, async () => {
    assert.deepEqual((await caughtUp(scene)).asked, asked)
  })

test('that history could not be read for it does no harm', async () => {
  const failure = new ReconcileError(reasons.gitUnavailable, 'down')
  assert.equal((await caughtUp({ failure })).told, 'upToDate')
})
