import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostList } from '../../src/http/host-list.ts'

const rows: readonly (readonly [entry: string, host: string, admits: boolean, names: boolean])[] = [
  ['ghcr.io', 'ghcr.io', true, true],
  ['ghcr.io:443', 'ghcr.io', true, true],
  ['ghcr.io:5000', 'ghcr.io', false, false],
  ['ghcr.io:*', 'ghcr.io', true, true],
  ['*.io', 'ghcr.io', true, false],
  ['*', 'ghcr.io', true, false],
  ['ghcr.?o', 'ghcr.io', true, false],
  ['ghcr.i', 'ghcr.io', false, false],
  ['*.ghcr.io', 'ghcr.io', false, false],
  ['docker.io', 'registry-1.docker.io', true, true],
  ['docker.io', 'auth.docker.io', true, true],
  ['docker.io', 'hub.docker.com', true, true],
  ['docker.io', 'evil.docker.io', false, false],
  ['registry-1.docker.io', 'auth.docker.io', false, false],
]

for (const [entry, host, admits, names] of rows)
  test(`${entry} ${admits ? 'admits' : 'does not admit'} ${host}${names ? ', by name' : ''}`, () => {
    const list = createHostList([entry])
    assert.deepEqual([list.empty, list.admits(host, 443), list.names(host, 443)], [false, admits, names])
  })

test('no entries admit nobody', () => {
  const list = createHostList([])
  assert.deepEqual([list.empty, list.admits('ghcr.io', 443), list.names('ghcr.io', 443)], [true, false, false])
})

// Who tried every way to share out the text among the wildcards would not end.
test('many wildcards are tried in no time', () =>
  assert.ok(!createHostList([`${'*a'.repeat(100)}b`]).admits('a'.repeat(10_000), 443)))
