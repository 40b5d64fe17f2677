import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { isResumed, linkKey, memoryHash, memoryOf } from '../../src/core/memory.ts'

const spec: ImageUpdatePolicySpec = { image: 'ghcr.io/acme/web', strategy: 'semver', applications: [{ name: 'web' }] }
const status: ImageUpdatePolicyStatus = {
  writtenFor: 'hash',
  lastHandledResumedAt: 'monday',
  applications: [
    { name: 'web', namespace: 'argocd', written: '1.5.0', writtenAt: '2026-01-01T00:00:00Z', sourceType: 'Helm' },
    { name: 'api', namespace: 'argocd', written: '1.5.0', lastHandledResumedAt: 'monday' },
  ],
}
const same = { hash: 'hash', clockHash: 'clock', resumedAt: 'monday', resumedAtOf: () => undefined }

const rows: readonly [name: string, now: Parameters<typeof memoryOf>[1], web: boolean, api: boolean][] = [
  ['nothing changed: what was written counts', same, true, true],
  ['another image, strategy or target: nothing counts', { ...same, hash: 'other' }, false, false],
  ['the policy is resumed: nothing counts', { ...same, resumedAt: 'tuesday' }, false, false],
  [
    'one Application is resumed: there it does not count',
    { ...same, resumedAtOf: (_, name) => (name === 'web' ? 'tuesday' : 'monday') },
    false,
    true,
  ],
  [
    'an annotation that was handled does not count again',
    { ...same, resumedAtOf: (_, name) => (name === 'api' ? 'monday' : undefined) },
    true,
    true,
  ],
  ['an annotation that is gone resumes nothing', { ...same, resumedAt: undefined }, true, true],
]
for (const [name, now, web, api] of rows)
  test(name, () => {
    const { applications } = memoryOf(status, now)
    assert.equal(applications.get('argocd/web')?.written !== undefined, web)
    assert.equal(applications.get('argocd/api')?.written !== undefined, api)
    assert.equal(applications.get('argocd/web')?.sourceType, 'Helm')
  })

test('what was proposed, and taken back, is forgotten together with what was written', () => {
  const applications = [{ name: 'web', namespace: 'argocd', proposed: '1.5.0', takenBack: true }]
  const forgotten = memoryOf({ ...status, applications }, { ...same, resumedAt: 'tuesday' })
  assert.deepEqual(forgotten.applications.get('argocd/web'), { name: 'web', namespace: 'argocd' })
})

test('a status without a hash is one that was lost, not one that was made for another spec', () => {
  assert.equal(memoryOf({}, { ...same, resumedAt: undefined }).dropped, false)
})

const changes: readonly [name: string, change: Partial<ImageUpdatePolicySpec>, forgets: boolean][] = [
  ['image', { image: 'ghcr.io/acme/api' }, true],
  ['strategy', { strategy: 'name' }, true],
  ['constraints', { constraints: { version: '^2' } }, true],
  ['whenReverted', { whenReverted: 'overwrite' }, true],
  ['method', { writeBack: { method: 'git' } }, true],
  ['a Helm key', { writeBack: { helm: [{ tag: 'x' }] } }, true],
  ['the target', { writeBack: { method: 'git', git: { target: 'helmValues' } } }, true],
  ['the path', { writeBack: { method: 'git', git: { target: 'helmValues', path: 'x' } } }, true],
  ['the branch', { writeBack: { method: 'git', git: { branch: 'x' } } }, true],
  ['the default of whenReverted, written out', { whenReverted: 'hold' }, false],
  ['the default method, written out', { writeBack: { method: 'argocd' } }, false],
  ['suspend', { suspend: true }, false],
  ['interval', { interval: '1h' }, false],
  ['other applications', { applications: [{ name: 'other' }] }, false],
  ['refresh', { writeBack: { refresh: false } }, false],
]
for (const [name, change, forgets] of changes)
  test(`a change of ${name} ${forgets ? 'drops' : 'keeps'} the memory`, () => {
    assert.equal(memoryHash({ ...spec, ...change }) !== memoryHash(spec), forgets)
  })

test('the order of members does not matter to the hash', () => {
  const one = memoryHash({ ...spec, constraints: { version: '^1', prereleases: true } })
  assert.equal(memoryHash({ ...spec, constraints: { prereleases: true, version: '^1' } }), one)
  assert.match(one, /^[0-9a-f]{16}$/)
})

test('two sources of one Application are told apart', () => {
  assert.notEqual(linkKey({ namespace: 'a', name: 'b', source: 0 }), linkKey({ namespace: 'a', name: 'b', source: 1 }))
  assert.equal(linkKey({ namespace: 'a', name: 'b' }), 'a/b')
})

test('an Application that was never seen is resumed by any annotation', () => {
  assert.equal(isResumed(undefined, 'now'), true)
  assert.equal(isResumed(undefined, undefined), false)
})
