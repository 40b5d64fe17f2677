import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openFactsStore } from '../../../src/registry/images/facts-store.ts'
import { temporaryFolder } from '../../servers/guard.ts'

function open(t: TestContext) {
  const folder = temporaryFolder('facts-store')
  t.after(() => folder.remove())
  const warnings: unknown[] = []
  const log = { warn: (message: string, facts?: object) => void warnings.push([message, facts]) }
  const path = join(folder.path, 'registry')
  return {
    path,
    file: join(path, 'image-facts.jsonl'),
    warnings,
    open: (at: string | undefined = path) => openFactsStore({ folder: at, log }),
  }
}

const digest = (number: number): string => `sha256:${number.toString(16).padStart(64, '0')}`
const known = {
  images: [
    { platform: 'linux/amd64', times: [1, 2] },
    { platform: undefined, times: [] },
    { platform: 'linux/arm', times: undefined },
  ],
}
const alone = (...times: readonly number[]) => ({ images: [{ platform: 'linux/amd64', times }] })

test('what was learnt is known again after a restart', async (t) => {
  const { open: start, warnings } = open(t)
  const store = start()
  assert.equal(await store.get(digest(1)), undefined)
  store.set(digest(1), known)
  store.set(digest(2), { images: [] })
  assert.deepEqual(await store.get(digest(1)), known)
  await store.close()
  const again = start()
  assert.deepEqual(await again.get(digest(1)), known)
  assert.deepEqual(await again.get(digest(2)), { images: [] })
  assert.deepEqual(warnings, [])
})

test('an origin is kept, and what may not be shown makes its line one that can’t be read', async (t) => {
  const { open: start, file } = open(t)
  const built = { ...known, origin: { source: 'https://git.example.com/web', revision: '3f1c' } }
  const unknown = { ...known, origin: { source: 'https://git.example.com/web', revision: undefined } }
  const store = start()
  store.set(digest(1), built)
  store.set(digest(2), unknown)
  await store.close()
  await appendFile(file, `${JSON.stringify([digest(3), ['linux/amd64', [1]], { source: 'http://x' }])}\n`)
  const again = start()
  assert.deepEqual(await again.get(digest(1)), built)
  assert.deepEqual(await again.get(digest(2)), unknown)
  assert.equal(await again.get(digest(3)), undefined)
})

test('without a folder nothing outlives the store', async () => {
  const log = { warn: () => assert.fail() }
  const store = openFactsStore({ folder: undefined, log })
  store.set(digest(1), known)
  assert.deepEqual(await store.get(digest(1)), known)
  await store.close()
  assert.equal(await openFactsStore({ folder: undefined, log }).get(digest(1)), undefined)
})

test('what a crash or somebody else left is passed over, and what comes after is kept', async (t) => {
  const { open: start, file, path } = open(t)
  await mkdir(path)
  const bad = [
    'null',
    '[]',
    '{}',
    '["x"]',
    `["${digest(3)}",7]`,
    `["${digest(3)}",[7]]`,
    `["${digest(3)}",[7,[]]]`,
    `["${digest(3)}",[null,7]]`,
    `["${digest(3)}",[null,[1e999]]]`,
    `["${digest(3)}",[null,[1.5]]]`,
    `["${digest(3)}",[null,[]],["linux/amd64",["7"]]]`,
    '\u0000\u0000',
  ]
  await writeFile(
    file,
    `${bad.join('\n')}\n${JSON.stringify([digest(1), ['linux/amd64', [5]]])}\n["${digest(2)}",[null,[1`,
  )
  const store = start()
  assert.deepEqual(await store.get(digest(1)), alone(5))
  assert.equal(await store.get(digest(2)), undefined)
  assert.equal(await store.get(digest(3)), undefined)
  store.set(digest(4), known)
  await store.close()
  assert.deepEqual(await start().get(digest(4)), known)
})

test('a journal that has grown is written anew, whole, for nobody else to read', async (t) => {
  const { open: start, file, path } = open(t)
  const store = start()
  for (let n = 0; n < 3000; n += 1) store.set(digest(n % 10), alone(n))
  await store.close()
  await appendFile(file, 'x\n'.repeat(5000))
  const again = start()
  again.set(digest(11), known)
  await again.close()
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  assert.equal(lines.length, 11)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const third = openFactsStore({ folder: path, log: { warn: () => assert.fail() } })
  assert.deepEqual(await third.get(digest(9)), alone(2999))
  assert.deepEqual(await third.get(digest(11)), known)
})

test('a folder that can not be written to is told once, and costs nothing else', async (t) => {
  const { open: start, path, warnings } = open(t)
  await writeFile(path, 'a file in the way')
  const store = start()
  for (let n = 0; n < 5; n += 1) {
    store.set(digest(n), known)
    await store.close()
  }
  assert.deepEqual(await store.get(digest(1)), known)
  assert.equal(warnings.length, 1)
})

test('what a full disk did not take is written when there is room again, and the next time it is full is told again', async (t) => {
  const { open: start, path, file, warnings } = open(t)
  const store = start()
  assert.equal(await store.get(digest(1)), undefined)
  await mkdir(path)
  await symlink('/dev/full', file)
  for (const n of [1, 2]) {
    store.set(digest(n), alone(n))
    await store.close()
  }
  const told = ['image metadata could not be written to the cache folder', { code: 'ENOSPC' }]
  assert.deepEqual(warnings, [told])
  await rm(file)
  store.set(digest(3), alone(3))
  await store.close()
  const again = start()
  for (const n of [1, 2, 3]) assert.deepEqual(await again.get(digest(n)), alone(n))
  await rm(file)
  await symlink('/dev/full', file)
  store.set(digest(4), alone(4))
  await store.close()
  assert.deepEqual(warnings, [told, told])
  assert.deepEqual(await readdir(path), ['image-facts.jsonl'])
})

test('a journal that can not be read is told, and written anew', async (t) => {
  const { open: start, path, file, warnings } = open(t)
  await mkdir(path)
  await symlink(file, file)
  const store = start()
  assert.equal(await store.get(digest(1)), undefined)
  assert.deepEqual(warnings, [['image metadata could not be read from the cache folder', { code: 'ELOOP' }]])
  await rm(file)
  await writeFile(file, `["${digest(2)}",[null,[5]]]\n`)
  store.set(digest(1), known)
  await store.close()
  assert.deepEqual(await start().get(digest(1)), known)
  assert.equal(await start().get(digest(2)), undefined, 'what could not be read may be more than can be')
})

test('two operators on one folder spoil nothing for each other, and what one left half written is cleared away', async (t) => {
  const { open: start, path, file, warnings } = open(t)
  await mkdir(path)
  await writeFile(`${file}.half.new`, 'half')
  const [one, other] = [start(), start()]
  for (let n = 0; n < 3000; n += 1) {
    one.set(digest(n % 7), alone(n % 7))
    other.set(digest(10 + (n % 7)), alone(10 + (n % 7)))
    if (n % 50 === 0) await Promise.all([one.close(), other.close()])
  }
  await Promise.all([one.close(), other.close()])
  const third = start()
  for (let n = 0; n < 20; n += 1) {
    const read = await third.get(digest(n))
    if (read !== undefined) assert.deepEqual(read, alone(n))
  }
  assert.deepEqual(await readdir(path), ['image-facts.jsonl'])
  assert.deepEqual(warnings, [])
})

test('images count, and not their digests alone: however many platforms each has, so much is kept', async () => {
  const store = openFactsStore({ folder: undefined, log: { warn: () => assert.fail() } })
  const wide = { images: Array.from({ length: 1000 }, (_, i) => ({ platform: `linux/${i}`, times: [i] })) }
  for (let n = 0; n < 400; n += 1) store.set(digest(n), wide)
  const kept = await Promise.all(Array.from({ length: 400 }, (_, n) => store.get(digest(n))))
  const count = kept.filter((facts) => facts !== undefined).length
  assert.ok(count > 100 && count <= 200, `${count}`)
})
