import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

test('a benchmark prints one line of JSON: figures with units, those that do not depend on the machine first', async () => {
  const { stdout } = await run(process.execPath, ['test/bench/main.ts', 'choose', '--tiny'])
  const [line = '', ...others] = stdout.split('\n')
  assert.deepEqual(others, [''])
  const report = JSON.parse(line) as { benchmark: string; node: string; figures: { figure: string; unit: string }[] }
  assert.equal(report.benchmark, 'choose')
  assert.match(report.node, /^v\d+/)
  assert.ok(report.figures.length > 3)
  const isExact = report.figures.map(({ unit }) => unit === 'count' || unit === 'bytes')
  assert.deepEqual(
    isExact,
    isExact.toSorted((a, b) => Number(b) - Number(a)),
  )
})

test('without a name it lists what there is', async () => {
  const { stderr } = await run(process.execPath, ['test/bench/main.ts'])
  for (const name of ['argocd', 'choose', 'git', 'operator', 'registry'])
    assert.match(stderr, new RegExp(`^  ${name} `, 'm'))
})
