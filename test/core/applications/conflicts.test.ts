import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  applicationClaims,
  claimedName,
  Claims,
  conflictMessage,
  fileClaims,
  mayChangeClaims,
} from '../../../src/core/applications/conflicts.ts'
import { application, source } from '../build-application.ts'
import type { PolicyIdentity } from '../../../src/core/policy.ts'

function policy(name: string, second = 0, namespace = 'argocd'): PolicyIdentity {
  const creationTimestamp = `2026-11-24T10:00:${String(second).padStart(2, '0')}Z`
  return { namespace, name, uid: `${name}-${second}`, creationTimestamp, generation: 1 }
}

const web = { namespace: 'argocd', name: 'web' }
const file = {
  repository: 'https://git.example.com/acme/config.git',
  branch: 'main',
  path: 'web/.argocd-source-web.yaml',
}

const pairs: readonly [name: string, a: readonly string[], b: readonly string[], same: boolean][] = [
  [
    'one parameter of one source',
    applicationClaims(web, 0, ['image.tag']),
    applicationClaims(web, 0, ['image.tag']),
    true,
  ],
  ['another parameter', applicationClaims(web, 0, ['image.tag']), applicationClaims(web, 0, ['worker.tag']), false],
  ['another source', applicationClaims(web, 0, ['image.tag']), applicationClaims(web, 1, ['image.tag']), false],
  [
    'an Application of another namespace',
    applicationClaims(web, 0, ['t']),
    applicationClaims({ ...web, namespace: 'b' }, 0, ['t']),
    false,
  ],
  [
    'one file by two spellings of the URL',
    fileClaims(file, ['t']),
    fileClaims({ ...file, repository: 'https://me@Git.example.com/acme/config/' }, ['t']),
    true,
  ],
  ['another branch', fileClaims(file, ['t']), fileClaims({ ...file, branch: 'next' }, ['t']), false],
  ['another file', fileClaims(file, ['t']), fileClaims({ ...file, path: 'x' }, ['t']), false],
  ['a patch and a commit', applicationClaims(web, 0, ['t']), fileClaims(file, ['t']), false],
]
for (const [name, a, b, same] of pairs) {
  test(`${name}: ${same ? 'the same claim' : 'two claims'}`, () =>
    same ? assert.deepEqual(a, b) : assert.notDeepEqual(a, b))
}

test('a claim tells its parameter', () => {
  assert.equal(claimedName(applicationClaims(web, 0, ['image.tag'])[0] ?? ''), 'image.tag')
})

test('the older policy wins, whichever came first', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const claims = new Claims()
    const [older, younger] = [policy('z', 1), policy('a', 2)]
    for (const nth of order) claims.set(nth === 0 ? older : younger, ['k'])
    assert.equal(claims.rivalOf(older, ['k']), undefined)
    assert.deepEqual(claims.rivalOf(younger, ['k']), { policy: older, key: 'k' })
  }
})

test('of the same age, namespace and name decide', () => {
  const claims = new Claims()
  const [first, second] = [policy('b', 1, 'argocd'), policy('a', 1, 'team')]
  claims.set(second, ['k'])
  claims.set(first, ['k'])
  assert.equal(claims.rivalOf(second, ['k'])?.policy, first)
  assert.equal(claims.rivalOf(first, ['k']), undefined)
})

test('only the keys that are shared are lost', () => {
  const claims = new Claims()
  const [older, younger] = [policy('a', 1), policy('b', 2)]
  claims.set(older, ['k', 'l'])
  claims.set(younger, ['l', 'm'])
  assert.equal(claims.rivalOf(younger, ['m']), undefined)
  assert.deepEqual(claims.rivalOf(younger, ['m', 'l']), { policy: older, key: 'l' })
})

test('names those whose judgement may have changed', () => {
  const claims = new Claims()
  const [older, younger, other] = [policy('a', 1), policy('b', 2), policy('c', 3)]
  assert.deepEqual(claims.set(older, ['k']), [])
  assert.deepEqual(claims.set(other, ['x']), [])
  assert.deepEqual(claims.set(younger, ['k']), ['argocd/a'])
  assert.deepEqual(claims.set(younger, ['k']), [], 'nothing new')
  assert.deepEqual(claims.set(older, ['l']), ['argocd/b'])
  assert.equal(claims.rivalOf(younger, ['k']), undefined)
  assert.deepEqual(claims.set(older, ['k', 'l']), ['argocd/b'])
  assert.deepEqual(claims.delete('argocd/a'), ['argocd/b'])
  assert.deepEqual(claims.delete('argocd/a'), [])
  assert.equal(claims.rivalOf(younger, ['k']), undefined)
})

test('a policy made anew under the same name is as young as it is', () => {
  const claims = new Claims()
  claims.set(policy('a', 1), ['k'])
  claims.set(policy('b', 2), ['k'])
  const anew = policy('a', 3)
  assert.equal(claims.rivalOf(anew, ['k'])?.policy.name, 'b', 'not its own former self')
  assert.deepEqual(claims.set(anew, ['k']), ['argocd/b'])
  assert.equal(claims.rivalOf(anew, ['k'])?.policy.name, 'b')
  assert.equal(claims.rivalOf(policy('b', 2), ['k']), undefined)
})

test('says who writes what', () => {
  const message = conflictMessage({ policy: policy('a'), key: applicationClaims(web, 0, ['image.tag'])[0] ?? '' })
  assert.match(message, /^ImageUpdatePolicy argocd\/a is older and writes image\.tag here;/)
})

test('whatever comes and goes, each key has exactly one winner, the oldest', () => {
  const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), keys: fc.subarray(['k', 'l', 'm']) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const claims = new Claims()
      const held = new Map<string, readonly string[]>()
      for (const { name, keys } of steps) {
        if (keys.length === 0) claims.delete(`argocd/${name}`)
        else claims.set(policy(name), keys)
        held.set(name, keys)
      }
      for (const key of ['k', 'l', 'm']) {
        const holders = [...held]
          .filter(([, keys]) => keys.includes(key))
          .map(([name]) => name)
          .toSorted()
        const winners = holders.filter((name) => claims.rivalOf(policy(name), [key]) === undefined)
        assert.deepEqual(winners, holders.slice(0, 1))
      }
    }),
  )
})

test('a thousand policies are judged in no time', () => {
  const claims = new Claims()
  const policies = Array.from({ length: 1000 }, (_, nth) => policy(`p-${nth}`))
  const started = process.hrtime.bigint()
  for (const [nth, each] of policies.entries()) claims.set(each, [`k-${nth}`, `k-${nth + 1}`, 'x'.repeat(nth % 7)])
  for (const [nth, each] of policies.entries()) claims.rivalOf(each, [`k-${nth}`, `k-${nth + 1}`])
  assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
})

const plain = application({ sources: [source({ helm: { parameters: [], valueFiles: [] } })] })
const valued = (more: object) =>
  application({
    ...more,
    sources: [source({ helm: { parameters: [{ name: 'image.tag', value: '1' }], valueFiles: [] } })],
  })
const changes: readonly [what: string, after: ReturnType<typeof application> | undefined, may: boolean][] = [
  ['values of parameters', valued({}), false],
  ['sync, health and images', valued({ health: 'Degraded', images: ['a:1'] }), false],
  ['its going', undefined, true],
  ['a label', valued({ labels: { tier: 'front' } }), true],
  ['an annotation, of which a path may be made', valued({ annotations: { path: 'a' } }), true],
  ['another path', application({ sources: [source({ path: 'elsewhere' })] }), true],
  ['the first member of its kind', application({ sources: [source()] }), true],
  ['a values file', application({ sources: [source({ helm: { parameters: [], valueFiles: ['a.yaml'] } })] }), true],
  ['the type of the source', valued({ sourceTypes: ['Kustomize'] }), true],
]
for (const [what, after, may] of changes)
  test(`claims may change by ${what}: ${may}`, () => {
    assert.equal(mayChangeClaims({ before: plain, after }), may)
    assert.equal(mayChangeClaims({ before: after, after: plain }), may)
  })
