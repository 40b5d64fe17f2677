import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { missingPlatforms, parsePlatform, platformOf } from '../../../src/core/choosing/platform.ts'

const same: readonly (readonly [written: string, platform: string])[] = [
  ['linux/amd64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v2', 'linux/amd64/v2'],
  ['linux/x86_64', 'linux/amd64'],
  ['Linux/AMD64', 'linux/amd64'],
  ['linux/arm64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v9', 'linux/arm64/v9'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm', 'linux/arm'],
  ['linux/arm/v7', 'linux/arm'],
  ['linux/arm/7', 'linux/arm'],
  ['linux/armhf', 'linux/arm'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/i386', 'linux/386'],
  ['macos/arm64', 'darwin/arm64'],
  ['windows/amd64', 'windows/amd64'],
  ['linux/ppc64le', 'linux/ppc64le'],
  ['linux/constructor', 'linux/constructor'],
  ['constructor/amd64', 'constructor/amd64'],
  ['linux/tostring/v1', 'linux/tostring/v1'],
]
for (const [written, platform] of same)
  test(`${written} is ${platform}`, () => {
    assert.deepEqual(parsePlatform(written), { ok: true, value: platform })
    const [os, architecture, variant] = written.split('/')
    assert.equal(platformOf({ os, architecture, variant }), platform)
  })

for (const written of ['', 'linux', 'amd64', 'linux/', '/amd64', 'linux/arm/v7/x', 'linux amd64', 'linux,amd64', '*'])
  test(`${JSON.stringify(written)} is no platform`, () => {
    const read = parsePlatform(written)
    assert.ok(!read.ok)
    assert.match(read.fault, /linux\/amd64/)
  })

for (const told of [{}, { os: 'linux' }, { os: '', architecture: 'amd64' }, { os: 'linux', architecture: 7 }])
  test(`${JSON.stringify(told)} tells no platform`, () => assert.equal(platformOf(told), undefined))

test('an empty variant is none', () =>
  assert.equal(platformOf({ os: 'linux', architecture: 'arm64', variant: '' }), 'linux/arm64'))

test('what is missing of what is wanted', () => {
  assert.deepEqual(missingPlatforms(['linux/amd64', 'linux/arm64'], ['linux/arm64', 'linux/arm']), ['linux/amd64'])
  assert.deepEqual(missingPlatforms([], []), [])
})

test('a platform is normalised once and for all', () => {
  const system = fc.constantFrom('linux', 'macos', 'Windows')
  const part = fc.constantFrom('arm', 'arm64', 'armhf', 'v7', '7', 'v8', 'x86_64', 'amd64', 'v1')
  fc.assert(
    fc.property(system, fc.array(part, { minLength: 1, maxLength: 2 }), (os, parts) => {
      const once = parsePlatform([os, ...parts].join('/'))
      assert.ok(once.ok)
      assert.deepEqual(parsePlatform(once.value), once)
    }),
  )
})
