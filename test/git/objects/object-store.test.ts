import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gitObject } from '../../../src/git/objects/git-object.ts'
import { createObjectMemory } from '../../../src/git/objects/object-memory.ts'
import { openObjectStore } from '../../../src/git/objects/object-store.ts'
import { writePack } from '../../../src/git/objects/pack-writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'store-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const limits = { inflated: 1 << 24, object: 1 << 20 }
const blob = gitObject('blob', Buffer.from('secret'))

test('what one repository brought is not to be had from another, though memory is shared', async () => {
  const memory = createObjectMemory(1 << 20)
  const [one, other] = [
    await openObjectStore(join(folder, 'one'), limits, memory),
    await openObjectStore(join(folder, 'other'), limits, memory),
  ]
  await one.add(writePack([blob]))
  assert.deepEqual([one.has(blob.oid), await one.read(blob.oid)], [true, blob])
  assert.deepEqual([other.has(blob.oid), await other.read(blob.oid)], [false, undefined])
})

test('what is on disk is found there, in whichever pack', async () => {
  const store = await openObjectStore(join(folder, 'disk'), limits, createObjectMemory(1))
  const blobs = ['a', 'b', 'c'].map((text) => gitObject('blob', Buffer.from(text)))
  for (const each of blobs) await store.add(writePack([each, blob]))
  store.rest()
  for (const each of [...blobs, blob]) assert.deepEqual(await store.read(each.oid), each)
  assert.equal(store.size().packs, 3)
})

test('a pack that is damaged, or more than is read, leaves nothing behind', async () => {
  const store = await openObjectStore(join(folder, 'damaged'), limits, createObjectMemory(1 << 20))
  const pack = writePack([blob, gitObject('blob', Buffer.alloc(2 << 20))])
  await assert.rejects(store.add(pack), { kind: 'tooLarge' })
  await assert.rejects(store.add(pack.subarray(0, -1)), { kind: 'broke' })
  assert.deepEqual([store.has(blob.oid), store.size().packs], [false, 0])
})

test('an empty pack is nothing', async () => {
  const store = await openObjectStore(join(folder, 'empty'), limits, createObjectMemory(1 << 20))
  await store.add(writePack([]))
  assert.equal(store.size().packs, 0)
})

test('the same pack, brought several times at once by who asked for the same, is kept', async () => {
  const store = await openObjectStore(join(folder, 'same'), limits, createObjectMemory(1))
  const pack = writePack([blob])
  await Promise.all(Array.from({ length: 20 }, () => store.add(pack)))
  store.rest()
  assert.deepEqual(await store.read(blob.oid), blob)
})
