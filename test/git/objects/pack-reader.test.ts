import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { GitFault } from '../../../src/git/wire/git-fault.ts'
import { gitObject, type GitObject } from '../../../src/git/objects/git-object.ts'
import { writePackIndex } from '../../../src/git/objects/pack-index.ts'
import { readPack } from '../../../src/git/objects/pack-reader.ts'
import { writePack } from '../../../src/git/objects/pack-writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'pack-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const git = (cwd: string, command: readonly string[], input?: string | Buffer) =>
  execFileSync('git', [...command], {
    cwd,
    input,
    env: { PATH: process.env['PATH'], HOME: folder },
    maxBuffer: 1 << 28,
  })

const limits = { inflated: 1 << 26, object: 1 << 24 }
const unpacked = (pack: Buffer) => [...readPack(pack, limits)]

test('reads a pack of git with deltas, and an index of it is one that git verifies', () => {
  const bare = join(folder, 'deltas.git')
  git(folder, ['init', '--quiet', '--bare', bare])
  const versions = Array.from({ length: 40 }, (_, n) => `${'a line that stays\n'.repeat(200)}version ${n}\n`)
  const stream = versions.map(
    (text, n) =>
      `commit refs/heads/main\ncommitter a <b> ${n} +0000\ndata 1\nx\nM 100644 inline f\ndata ${text.length}\n${text}\n`,
  )
  git(bare, ['fast-import', '--quiet'], stream.join(''))
  for (const offsets of ['true', 'false']) {
    git(bare, ['-c', `repack.useDeltaBaseOffset=${offsets}`, 'repack', '-adfq', '--depth=50'])
    const file = readdirSync(join(bare, 'objects/pack')).find((name) => name.endsWith('.pack')) ?? ''
    const pack = readFileSync(join(bare, 'objects/pack', file))
    const objects = unpacked(pack)
    const expected = git(bare, ['cat-file', '--batch-all-objects', '--batch-check'])
      .toString()
      .trim()
      .split('\n')
      .toSorted()
    assert.deepEqual(objects.map(({ oid, type, content }) => `${oid} ${type} ${content.length}`).toSorted(), expected)
    const ours = join(folder, 'ours.pack')
    writeFileSync(ours, pack)
    writeFileSync(ours.replace('.pack', '.idx'), writePackIndex(objects, pack.subarray(-20)))
    git(folder, ['verify-pack', ours])
    const theirs = git(bare, [
      'index-pack',
      '--index-version=2',
      '-o',
      join(folder, 'theirs.idx'),
      join(bare, 'objects/pack', file),
    ])
    assert.ok(theirs.length > 0)
    assert.ok(readFileSync(join(folder, 'theirs.idx')).equals(readFileSync(ours.replace('.pack', '.idx'))))
  }
})

test('what is packed comes out again, and git takes it', () => {
  const bare = join(folder, 'written.git')
  git(folder, ['init', '--quiet', '--bare', bare])
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.uint8Array({ maxLength: 5000 }), {
        minLength: 1,
        maxLength: 10,
        selector: (bytes) => bytes.join(),
      }),
      (contents) => {
        const objects = contents.map((content) => gitObject('blob', Buffer.from(content)))
        const pack = writePack(objects)
        const plain = ({ oid, type, content }: GitObject) => ({ oid, type, content })
        assert.deepEqual(unpacked(pack).map(plain), objects)
      },
    ),
  )
  const blob = gitObject('blob', Buffer.from('a'.repeat(70_000)))
  git(bare, ['unpack-objects', '-q'], writePack([blob]))
  assert.equal(git(bare, ['cat-file', 'blob', blob.oid]).toString(), blob.content.toString())
})

test('a pack that is cut short, damaged or larger than is read is refused', () => {
  const pack = writePack([
    gitObject('blob', Buffer.from('hello'.repeat(1000))),
    gitObject('blob', Buffer.from('world')),
  ])
  for (const length of [0, 11, 31, pack.length - 21, pack.length - 1]) {
    assert.throws(() => unpacked(pack.subarray(0, length)), GitFault)
  }
  for (let at = 0; at < pack.length; at += 1) {
    const damaged = Buffer.from(pack)
    damaged[at] = (damaged[at] ?? 0) ^ 0xff
    assert.throws(() => unpacked(damaged), GitFault)
  }
  assert.throws(() => [...readPack(pack, { ...limits, inflated: 5004 })], { kind: 'tooLarge' })
  assert.throws(() => [...readPack(pack, { ...limits, object: 4999 })], { kind: 'tooLarge' })
})

test('whatever stands in a pack, reading it ends in objects or in a GitFault', () => {
  const base = Buffer.from('a base that is long enough to be copied from')
  const delta = deflateSync(Buffer.from([base.length, 10, 0x90, 10]))
  const offsetDelta = (distance: number) => Buffer.concat([Buffer.from([0x60 | 4, distance]), delta])
  const whole = writePack([gitObject('blob', base)])
  const sealed = (body: Buffer) => Buffer.concat([body, createHash('sha1').update(body).digest()])
  const entry = whole.subarray(12, -20)
  const seed = Buffer.concat([Buffer.from('PACK\0\0\0\u0002\0\0\0\u0002', 'latin1'), entry, offsetDelta(entry.length)])
  assert.deepEqual(
    unpacked(sealed(seed)).map(({ content }) => content.toString()),
    [base.toString(), 'a base tha'],
  )
  const change = fc.tuple(fc.nat(seed.length - 1), fc.nat(255))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const body = Buffer.from(seed)
      for (const [at, byte] of changes) body[at] = byte
      try {
        unpacked(sealed(body))
      } catch (error) {
        assert.ok(error instanceof GitFault, String(error))
      }
    }),
    { numRuns: 3000 },
  )
})
