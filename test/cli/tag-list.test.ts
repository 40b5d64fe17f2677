import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseTagList } from '../../src/cli/tag-list.ts'

test('no text makes it throw; the tags are sorted, each once, at most one a line', () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ tag: fc.string(), digest: fc.string() }).map((each) => JSON.stringify(each)),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const read = parseTagList(lines.join('\n'), 0)
      if ('faults' in read) return assert.ok(read.faults.length > 0)
      const { tags } = read.list.scan
      assert.deepEqual(tags, [...new Set(tags)].toSorted())
      assert.ok(tags.length <= lines.join('\n').split('\n').length)
      return undefined
    }),
  )
})

test('of a long list with nothing right the first faults are told', () => {
  const read = parseTagList('{\n'.repeat(1_000), 0)
  assert.equal('faults' in read ? read.faults.length : 0, 10)
})

test('facts are taken as they are written, null as if they were not', () => {
  const line = { tag: 'a', digest: 'sha256:ab', created: '2025-01-01T01:00:00.5+01:00', firstSeen: null, platforms: [] }
  const read = parseTagList(JSON.stringify(line), 0)
  assert.ok('list' in read)
  assert.deepEqual(
    [...read.list.metadata],
    [['a', { digest: 'sha256:ab', createdAt: Date.UTC(2025, 0, 1, 0, 0, 0, 500), platforms: [] }]],
  )
})

test('when a tag was first seen, and for which platforms it is', () => {
  const line = { tag: 'a', firstSeen: '2025-01-01T00:00:00Z', platforms: ['linux/arm64/v8', 'linux/x86_64'] }
  const read = parseTagList(`${JSON.stringify(line)}\nb`, 0)
  assert.ok('list' in read)
  assert.deepEqual(read.list.metadata.get('a')?.platforms, ['linux/arm64', 'linux/amd64'])
  assert.deepEqual([...read.list.seenAt], [['a', Date.UTC(2025, 0, 1)]])
  assert.equal(read.list.metadata.has('b'), false)
})

test('a platform that is none is a fault', () => {
  const read = parseTagList('{"tag":"a","platforms":["arm64"]}', 0)
  assert.ok('faults' in read)
  assert.match(read.faults.join(), /line 1: platforms\[0\]: is no platform: write os\/architecture/)
})
