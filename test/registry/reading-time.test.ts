import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReadingTime, longestRead } from '../../src/registry/reading-time.ts'
import { stocked } from '../servers/registry-dialects/stock.ts'
import { accessTo, openScans, useDialect } from './fixture.ts'

test('time is over when more of it than may be read is, also on a clock that is put back', () => {
  let time = 0
  const check = createReadingTime(() => time, 'the tags of r.example/web')
  check()
  time = longestRead
  check()
  time -= 60_000
  check()
  time += 60_001
  assert.throws(check, {
    reason: 'ScanIncomplete',
    message: 'the tags of r.example/web take more than 10 minutes to be read; the choice stays, and it is tried again',
  })
})

test('a tag list whose pages come a minute apart is left after ten minutes', async (t) => {
  const { scans, clock } = openScans(t)
  const server = await useDialect(t, ({ query }) => {
    clock.advance(60_000)
    const page = Number(new URLSearchParams(query).get('last') ?? 0) + 1
    return { headers: { link: `<?last=${page}>; rel="next"` }, body: { tags: [`t${page}`] } }
  })
  await assert.rejects(scans.tags(accessTo(server.host), { notBefore: clock.now() }), { reason: 'ScanIncomplete' })
  assert.equal(server.requests.length, 11)
})

test('images that take too long are read in parts: what was read is not asked for again', async (t) => {
  const tags = Array.from({ length: 60 }, (_, index) => `t${index}`)
  const images = Object.fromEntries(
    tags.map((tag, index) => [tag, new Date(Date.UTC(2026, 0, 1 + index)).toISOString()]),
  )
  const { scans, clock } = openScans(t)
  const stock = stocked({ images })
  const server = await useDialect(t, (request, own) => {
    if (request.method === 'HEAD') clock.advance(30_000)
    return stock(request, own)
  })
  const ask = () => scans.metadata(accessTo(server.host), tags, { notBefore: clock.now() - 3_600_000 })
  await assert.rejects(ask(), { reason: 'ScanIncomplete', message: /^the images of .* take more than 10 minutes/ })
  let tries = 1
  for (;;) {
    tries += 1
    const known = await ask().catch(() => undefined)
    if (known === undefined) continue
    assert.equal(known.size, 60)
    break
  }
  assert.ok(tries > 2 && tries < 5, `${tries} tries`)
  assert.equal(server.requests.filter(({ method }) => method === 'HEAD').length, 60)
})
