import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../markdown.ts'
import { clientCases, faults } from './client-cases.ts'

/** Those of the forty numbers that are in use. */
const numbers = [1, 3, 5, 6, 8, 10, 11, 13, 15, 16, 18, 20, 21, 23, 25, 26, 28, 30, 31, 33, 35, 36, 38, 40]

test('no number lacks', () => {
  const ids = [...clientCases, ...faults].map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length, 'each once')
  assert.deepEqual(
    clientCases.map(({ id }) => Number(id)).filter((id) => !Number.isNaN(id)),
    numbers,
  )
})

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
)

for (const { id, does, shown, unbuilt } of [...clientCases, ...faults])
  test(`${id}: ${does}: ${unbuilt === undefined ? 'shown' : 'nothing of it is built'}`, () => {
    if (unbuilt !== undefined) {
      const parts = sources.filter((path) => path.includes(unbuilt))
      return assert.deepEqual([parts, shown], [[], []], 'built by now: say where it is shown')
    }
    assert.ok(shown.length > 0)
    for (const { file, says } of shown)
      assert.ok(readFileSync(join(root, file), 'utf8').includes(says), `${file} says nothing of: ${says}`)
  })
