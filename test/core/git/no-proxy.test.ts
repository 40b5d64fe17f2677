import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWithoutProxy } from '../../../src/core/git/no-proxy.ts'

const rows: readonly [list: string, host: string, without: boolean, port?: number][] = [
  ['', 'git.example.com', false],
  ['*', 'git.example.com', true],
  ['git.example.com', 'git.example.com', true],
  ['GIT.example.com', 'git.Example.com', true],
  ['example.com', 'git.example.com', true],
  ['example.com', 'example.com', true],
  ['.example.com', 'git.example.com', true],
  ['.example.com', 'example.com', false],
  ['*.example.com', 'git.example.com', true],
  ['example.com', 'notexample.com', false],
  ['a.example.com, git.example.com ,', 'git.example.com', true],
  ['git.example.com:8443', 'git.example.com', false],
  ['git.example.com:8443', 'git.example.com', true, 8443],
  ['10.0.0.1', '10.0.0.1', true],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.0.0.0/33', '10.0.0.1', false],
  ['0.0.0.0/0', '10.0.0.1', true],
  ['10.0.0.0/8', 'git.example.com', false],
  [',', 'git.example.com', false],
]
for (const [list, host, without, port = 443] of rows)
  test(`${host}:${port} is reached ${without ? 'without' : 'by'} the proxy where noProxy is ${JSON.stringify(list)}`, () =>
    assert.equal(isWithoutProxy(list, host, port), without))
