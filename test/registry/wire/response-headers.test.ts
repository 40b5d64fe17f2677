import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import { eachOnce } from '../../../src/registry/wire/response-headers.ts'

test('of what can be only once the first counts, and the rest is one list', () => {
  const sent = {
    'retry-after': ['3', '60'],
    etag: '"a"',
    link: ['</a>; rel="prev"', '</b>; rel="next"'],
    'docker-content-digest': ['a', 'b'],
    location: undefined,
  }
  assert.deepEqual(eachOnce(sent as unknown as IncomingHttpHeaders), {
    'retry-after': '3',
    etag: '"a"',
    link: '</a>; rel="prev", </b>; rel="next"',
    'docker-content-digest': 'a, b',
    location: undefined,
  })
})
