import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { Application } from '../../src/core/applications/application.ts'
import { fileClaims } from '../../src/core/applications/conflicts.ts'
import { ReconcileError } from '../../src/errors.ts'
import type { StoredPolicy } from '../../src/kubernetes/policies.ts'
import { createKnownPolicies } from '../../src/reconcile/known-policies.ts'
import { createLinker } from '../../src/reconcile/linker.ts'
import { createOwnership } from '../../src/reconcile/ownership.ts'
import { createArgocdMethod } from '../../src/writeback/argocd.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo, placeWith, storedPolicy } from './build-run.ts'

function policyOf(name: string, creationTimestamp: string, key = 'image.tag'): StoredPolicy {
  const plain = storedPolicy({ name, given: { writeBack: { helm: [{ tag: key }] } } })
  return { ...plain, identity: { ...plain.identity, creationTimestamp } }
}

const older = policyOf('older', '2026-01-01T00:00:00Z')
const younger = policyOf('younger', '2026-02-01T00:00:00Z')

/** Policies that link Application `web`; its spelling of the same place may be another. */
function world(...stored: readonly StoredPolicy[]) {
  const policies = new Map(stored.map((policy) => [`argocd/${policy.identity.name}`, policy]))
  let applications: readonly Application[] | undefined = [application()]
  let revision = 0
  const all = () => {
    if (applications === undefined) throw new ReconcileError(reasons.kubernetesUnavailable, 'not known')
    return applications
  }
  const known = createKnownPolicies(
    {
      get: (key) => policies.get(key),
      list: () => [...policies.values()],
      patchStatus: () => Promise.resolve(),
    },
    () => 0,
  )
  const linker = createLinker({
    applications: { list: all, get: (_namespace, name) => all().find((one) => one.name === name) },
    revision: () => revision,
    projectOf: () => undefined,
    argocdNamespace: 'argocd',
    allowCrossNamespace: false,
  })
  const argocd = createArgocdMethod({ get: () => application(), patch: () => Promise.resolve('patched') })
  const concerned: string[] = []
  const concern = (keys: readonly string[]) => void concerned.push(...keys)
  const ownership = createOwnership({ policies: known, linker, methods: { argocd, git: argocd }, concern })
  const link = linkTo(application(), policySpec())
  return {
    policies,
    ownership,
    know: (now: readonly Application[] | undefined) => {
      applications = now
      revision += 1
    },
    concerned,
    conflictOf: ({ identity }: StoredPolicy, claims: readonly string[] = []) =>
      ownership.conflictAt(identity, { link, place: placeWith('1', { claims }) }),
    refreshAll: () => [...policies.keys()].map((key) => ownership.refresh(key)),
  }
}

test('the older of two policies on one key writes, in whatever order they are seen', () => {
  for (const order of [
    [older, younger],
    [younger, older],
  ]) {
    const { conflictOf, refreshAll } = world(...order)
    refreshAll()
    assert.equal(conflictOf(older), undefined)
    assert.match(conflictOf(younger) ?? '', /argocd\/older is older and writes image\.tag/)
  }
})

test('whom a policy’s coming, changing or going concerns is told', () => {
  const { policies, ownership, conflictOf, refreshAll } = world(older, younger)
  assert.deepEqual(refreshAll(), [[], ['argocd/older']])
  policies.set('argocd/older', {
    ...policyOf('older', '2026-01-01T00:00:00Z', 'other.tag'),
    identity: { ...older.identity, generation: 2 },
  })
  assert.deepEqual(ownership.refresh('argocd/older'), ['argocd/younger'])
  assert.equal(conflictOf(younger), undefined)
  policies.set('argocd/older', { ...older, identity: { ...older.identity, generation: 3 } })
  assert.deepEqual(ownership.refresh('argocd/older'), ['argocd/younger'])
  assert.deepEqual(ownership.forget('argocd/older'), ['argocd/younger'])
  assert.equal(conflictOf(younger), undefined)
})

test('a policy that was made anew is younger than it was', () => {
  const { policies, ownership, conflictOf, refreshAll } = world(older, younger)
  refreshAll()
  const again = policyOf('older', '2026-03-01T00:00:00Z')
  policies.set('argocd/older', { ...again, identity: { ...again.identity, uid: 'another' } })
  assert.deepEqual(ownership.refresh('argocd/older'), ['argocd/younger'])
  assert.equal(conflictOf(younger), undefined)
  assert.match(conflictOf(again) ?? '', /argocd\/younger is older/)
})

test('claims of a time at which Applications were not known are made before anything is judged', () => {
  const { know, conflictOf, refreshAll } = world(older, younger)
  know(undefined)
  assert.deepEqual(refreshAll(), [[], []])
  know([application()])
  assert.match(conflictOf(younger) ?? '', /argocd\/older is older/)
})

test('what only a look has found is claimed from then on, and whom it concerns is told', () => {
  const other = policyOf('older', '2026-01-01T00:00:00Z', 'other.tag')
  const { ownership, concerned, conflictOf, refreshAll } = world(other, younger)
  const file = fileClaims({ repository: 'https://git.example.com/a.git', branch: 'main', path: 'values.yaml' }, ['tag'])
  refreshAll()
  assert.equal(conflictOf(younger, file), undefined)
  assert.deepEqual(concerned, [])
  // Its link in the test is that of the default key, which it does not claim.
  assert.match(conflictOf(other, file) ?? '', /^$/)
  assert.deepEqual(concerned, ['argocd/younger'])
  assert.match(conflictOf(younger, file) ?? '', /argocd\/older is older and writes tag/)
  assert.deepEqual(ownership.refresh('argocd/older'), [], 'it is still claimed')
  assert.equal(conflictOf(other, []), undefined)
  assert.deepEqual(concerned, ['argocd/younger', 'argocd/younger'])
  assert.equal(conflictOf(younger, file), undefined)
})
