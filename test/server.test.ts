import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { request } from 'undici'
import { serve, type RunningServer } from '../src/server.ts'

let server: RunningServer
before(async () => {
  server = await serve(
    { host: '127.0.0.1', port: 0 },
    {
      '/healthz': () => ({ status: 200, text: 'ok\n' }),
      '/readyz': () => ({ status: 503, text: 'waiting\n' }),
      '/broken': () => Promise.reject(new Error('a secret')),
    },
  )
})
after(() => server.close())

async function get(path: string, method: 'GET' | 'HEAD' | 'POST' = 'GET'): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(`http://127.0.0.1:${server.port}${path}`, { method })
  return { status: statusCode, text: await body.text() }
}

const rows: readonly [name: string, path: string, method: 'GET' | 'HEAD' | 'POST', status: number, text: RegExp][] = [
  ['a page', '/healthz', 'GET', 200, /^ok\n$/],
  ['a page with a query', '/healthz?verbose', 'GET', 200, /^ok\n$/],
  ['a page that says no', '/readyz', 'GET', 503, /^waiting\n$/],
  ['a HEAD has no text', '/healthz', 'HEAD', 200, /^$/],
  ['another method is refused', '/healthz', 'POST', 405, /GET only/],
  ['an unknown page names those that are there', '/', 'GET', 404, /\/healthz, \/readyz/],
  ['a name that every object has is no page', '/constructor', 'GET', 404, /./],
  ['a page that fails tells nothing of why', '/broken', 'GET', 500, /^This page could not be made\n$/],
]
for (const [name, path, method, status, text] of rows)
  test(name, async () => {
    const answer = await get(path, method)
    assert.equal(answer.status, status)
    assert.match(answer.text, text)
  })

test('an address that is taken is refused', async () => {
  await assert.rejects(serve({ host: '127.0.0.1', port: server.port }, {}), { code: 'EADDRINUSE' })
})
