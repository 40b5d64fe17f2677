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
import type { WriteBackMethod } from '../../src/writeback/place.ts'
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
  return worldWith({}, ...stored)
}

/** The same, with a method of which a test says more. */
function worldWith(parts: Partial<WriteBackMethod>, ...stored: readonly StoredPolicy[]) {
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
  const patched = { get: () => application(), patch: () => Promise.resolve('patched' as const) }
  const argocd = { ...createArgocdMethod(patched), ...parts }
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
    failureOf: ({ identity }: StoredPolicy, place: ReconcileError) => ownership.conflictAt(identity, { link, place }),
    refreshAll: () => [...policies.keys()].map((key) => ownership.refresh(key)),
  }
}

test('the older of two policies on one key writes, in whatever order they are seen', async () => {
  for (const order of [
    [older, younger],
    [younger, older],
  ]) {
    const { conflictOf, refreshAll } = world(...order)
    refreshAll()
    assert.equal(await conflictOf(older), undefined)
    assert.match((await conflictOf(younger)) ?? '', /argocd\/older is older and writes image\.tag/)
  }
})

test('whom a policy’s coming, changing or going concerns is told', async () => {
  const { policies, ownership, conflictOf, refreshAll } = world(older, younger)
  assert.deepEqual(refreshAll(), [[], ['argocd/older']])
  policies.set('argocd/older', {
    ...policyOf('older', '2026-01-01T00:00:00Z', 'other.tag'),
    identity: { ...older.identity, generation: 2 },
  })
  assert.deepEqual(ownership.refresh('argocd/older'), ['argocd/younger'])
  assert.equal(await conflictOf(younger), undefined)
  policies.set('argocd/older', { ...older, identity: { ...older.identity, generation: 3 } })
  assert.deepEqual(ownership.refresh('argocd/older'), ['argocd/younger'])
  assert.deepEqual(ownership.forget('argocd/older'), ['argocd/younger'])
  assert.equal(await conflictOf(younger), undefined)
})

test('a policy that was made anew is younger than it was', async () => {
  const { policies, ownership, conflictOf, refreshAll } = world(older, younger)
  refreshAll()
  const again = policyOf('older', '2026-03-01T00:00:00Z')
  policies.set('argocd/older', { ...again, identity: { ...again.identity, uid: 'another' } })
  assert.deepEqual(ownership.refresh('argocd/older'), ['argocd/younger'])
  assert.equal(await conflictOf(younger), undefined)
  assert.match((await conflictOf(again)) ?? '', /argocd\/younger is older/)
})

test('claims of a time at which Applications were not known are made before anything is judged', async () => {
  const { know, conflictOf, refreshAll } = world(older, younger)
  know(undefined)
  assert.deepEqual(refreshAll(), [[], []])
  know([application()])
  assert.match((await conflictOf(younger)) ?? '', /argocd\/older is older/)
})

test('what only a look has found is claimed from then on, and whom it concerns is told', async () => {
  const other = policyOf('older', '2026-01-01T00:00:00Z', 'other.tag')
  const { ownership, concerned, conflictOf, refreshAll } = worldWith({ observe: unseeable }, other, younger)
  const file = fileClaims({ repository: 'https://git.example.com/a.git', branch: 'main', path: 'values.yaml' }, ['tag'])
  refreshAll()
  assert.equal(await conflictOf(younger, file), undefined)
  assert.deepEqual(concerned, [])
  // Its link in the test is that of the default key, which it does not claim.
  assert.match((await conflictOf(other, file)) ?? '', /^$/)
  assert.deepEqual(concerned, ['argocd/younger'])
  assert.match((await conflictOf(younger, file)) ?? '', /argocd\/older is older and writes tag/)
  assert.deepEqual(ownership.refresh('argocd/older'), [], 'it is still claimed')
  assert.equal(await conflictOf(other, []), undefined)
  assert.deepEqual(concerned, ['argocd/younger', 'argocd/younger'])
  assert.equal(await conflictOf(younger, file), undefined)
})

/** A look that fails. */
const unseeable = () => Promise.reject(new ReconcileError(reasons.gitUnavailable, 'down'))

const inFile = (name: string) =>
  fileClaims({ repository: 'https://git.example.com/a.git', branch: 'main', path: 'web/pod.yaml' }, [name])

for (const [name, claimed, wanted] of [
  ['writes the same', 'image', /argocd\/older is older and writes image here/],
  ['writes something else', 'other', /^$/],
] as const)
  test(`an older policy that may write the same, and has not looked yet, is looked at: it ${name}`, async () => {
    const looks: string[] = []
    const { conflictOf, refreshAll } = worldWith(
      {
        claims: () => [],
        possible: () => ['image of a branch'],
        observe: ({ policy }) => {
          looks.push(policy.name)
          return Promise.resolve(placeWith('1', { claims: inFile(claimed) }))
        },
      },
      younger,
      older,
    )
    refreshAll()
    assert.match((await conflictOf(younger, inFile('image'))) ?? '', wanted)
    looks.length = 0
    assert.match((await conflictOf(younger, inFile('image'))) ?? '', wanted)
    assert.deepEqual(looks, claimed === 'image' ? ['older'] : [], 'not again, unless it is in the way')
    looks.length = 0
    assert.equal(await conflictOf(older, inFile(claimed)), undefined)
    assert.deepEqual(looks, [], 'and nobody who is younger')
  })

test('an older policy that can’t be looked at stands in nobody’s way', async () => {
  let looks = 0
  const observe = () => {
    looks += 1
    return unseeable()
  }
  const { conflictOf, refreshAll } = worldWith({ claims: () => [], possible: () => ['image'], observe }, older, younger)
  refreshAll()
  assert.equal(await conflictOf(younger, inFile('image')), undefined)
  assert.equal(await conflictOf(younger, inFile('image')), undefined)
  assert.equal(looks, 1)
})

test('what an older policy no longer finds is another’s to write', async () => {
  const { concerned, conflictOf, failureOf, refreshAll } = worldWith(
    { claims: () => [], observe: unseeable },
    older,
    younger,
  )
  refreshAll()
  await conflictOf(older, inFile('image'))
  assert.match((await conflictOf(younger, inFile('image'))) ?? '', /argocd\/older/)
  await failureOf(older, new ReconcileError(reasons.gitUnavailable, 'down'))
  assert.match((await conflictOf(younger, inFile('image'))) ?? '', /argocd\/older/, 'nobody knows')
  concerned.length = 0
  await failureOf(older, new ReconcileError(reasons.targetNotFound, 'no container has the image'))
  assert.deepEqual([concerned, await conflictOf(younger, inFile('image'))], [['argocd/younger'], undefined])
})

test('what an older policy found that has moved since is in nobody’s way: it is looked again', async () => {
  const looks: string[] = []
  const observe: WriteBackMethod['observe'] = ({ policy }) => {
    looks.push(policy.name)
    return Promise.resolve(placeWith('1', { claims: inFile('containers.1.image') }))
  }
  const { conflictOf, refreshAll } = worldWith({ claims: () => [], observe }, older, younger)
  refreshAll()
  assert.equal(await conflictOf(older, inFile('containers.0.image')), undefined)
  assert.equal(await conflictOf(younger, inFile('containers.0.image')), undefined)
  assert.deepEqual(looks, ['older'])
  assert.match((await conflictOf(younger, inFile('containers.1.image'))) ?? '', /argocd\/older is older/)
})

for (const [name, meanwhile, wanted] of [
  ['looks by itself', 'looks', /argocd\/older is older and writes image/],
  ['is deleted', 'goes', /^$/],
] as const)
  test(`an older policy that ${name} while it is looked for: an older look does not count`, async () => {
    const stale = placeWith('1', { claims: inFile(meanwhile === 'looks' ? 'other' : 'image') })
    let isFirst = true
    const observe = async () => {
      if (!isFirst) return placeWith('1', { claims: inFile('image') })
      isFirst = false
      await happens()
      return stale
    }
    const parts = { claims: () => [], possible: () => ['image of a branch'], observe }
    const { policies, ownership, conflictOf, refreshAll } = worldWith(parts, older, younger)
    refreshAll()
    const happens = async () => {
      if (meanwhile === 'looks') await conflictOf(older, inFile('image'))
      else {
        policies.delete('argocd/older')
        ownership.forget('argocd/older')
      }
    }
    assert.match((await conflictOf(younger, inFile('image'))) ?? '', wanted)
  })
