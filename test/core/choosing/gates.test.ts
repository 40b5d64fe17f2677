import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasGates, holdsOn } from '../../../src/core/choosing/gates.ts'
import { now, policy, type Choosing } from './choosing.ts'

const contender = { tag: '1.0', comparable: '1.0', version: undefined, digest: undefined, createdAt: undefined }

const rows: readonly (readonly [choosing: Choosing, has: boolean])[] = [
  [{}, false],
  [{ minAge: '1h' }, true],
  [{ platforms: ['linux/amd64'] }, true],
]
for (const [choosing, has] of rows)
  test(`${JSON.stringify(choosing)} ${has ? 'has gates' : 'has none'}`, () =>
    assert.equal(hasGates(policy(choosing)), has))

test('a tag comes of age at the very moment', () => {
  const spec = policy({ minAge: '1h' })
  const holdsAfter = (age: number) =>
    holdsOn(contender, spec, { metadata: new Map(), seenAt: new Map([['1.0', now - age]]), now })
  assert.deepEqual(holdsAfter(3_600_000), [])
  assert.equal(holdsAfter(3_599_999)[0]?.until, now + 1000, 'a whole second, and not too early')
})

test('what has no gates is held by none, whatever is known', () => {
  const facts = {
    metadata: new Map([['1.0', { digest: '', createdAt: undefined, platforms: [] }]]),
    seenAt: new Map([['1.0', now]]),
    now,
  }
  assert.deepEqual(holdsOn(contender, policy({}), facts), [])
})

const told: readonly (readonly [what: string, platforms: readonly string[] | undefined, holds: readonly string[]])[] = [
  ['nobody has told of', undefined, []],
  ['that is for the wanted platform', ['linux/amd64'], []],
  ['that is for another platform', ['linux/arm64'], ['has no image for linux/amd64']],
  ['that says nowhere what it is for', [], ['has no image for linux/amd64']],
]
for (const [what, platforms, holds] of told)
  test(`an image ${what} is held: ${holds.length > 0}`, () => {
    const metadata = new Map([['1.0', { digest: 'd', createdAt: undefined, ...(platforms && { platforms }) }]])
    const held = holdsOn(contender, policy({ platforms: ['linux/amd64'] }), { metadata, seenAt: new Map(), now })
    assert.deepEqual(
      held.map(({ message }) => message),
      holds,
    )
  })
