import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFor, wayOut } from '../../src/http/proxy-for.ts'

const https = 'http://secure:3128'
const http = 'http://plain:3128'

const rows: readonly (readonly [noProxy: string, address: string, proxy: string | undefined])[] = [
  ['', 'https://ghcr.io/v2/', https],
  ['', 'http://ghcr.io/v2/', http],
  ['', 'https://localhost:5000/', undefined],
  ['', 'https://127.0.0.1/', undefined],
  ['', 'http://[::1]:5000/', undefined],
  ['', 'http://169.254.169.254/latest', undefined],
  ['', 'https://10.0.0.1/', https],
  ['10.0.0.0/8', 'https://10.0.0.1/', undefined],
  ['.svc,example.com', 'https://registry.tools.svc/', undefined],
  ['.svc,example.com', 'https://r.example.com/', undefined],
  ['.svc,example.com', 'https://example.com.evil/', https],
  ['example.com:5000', 'https://example.com/', https],
  ['example.com:443', 'https://example.com/', undefined],
  ['*', 'https://ghcr.io/', undefined],
]
for (const [noProxy, address, proxy] of rows)
  test(`${address} with NO_PROXY=${noProxy} goes by ${proxy ?? 'itself'}`, () =>
    assert.equal(proxyFor({ https, http, noProxy }, new URL(address)), proxy))

test('without a proxy for HTTPS, HTTPS goes straight', () =>
  assert.equal(proxyFor({ https: undefined, http, noProxy: '' }, new URL('https://ghcr.io/')), undefined))

test('ways are told apart by an id that tells nothing of them', () => {
  const ways = [
    { https, http, noProxy: '' },
    { https, http, noProxy: 'a' },
    { https, http: undefined, noProxy: '' },
    { https: undefined, http: undefined, noProxy: '' },
  ]
  assert.equal(new Set(ways.map((way) => wayOut(way).id)).size, ways.length)
  assert.match(wayOut({ https, http, noProxy: '' }).id, /^[0-9a-f]{16}$/)
  assert.equal(wayOut({ https, http, noProxy: '' }).id, wayOut({ noProxy: '', http, https }).id)
})
