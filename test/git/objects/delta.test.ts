import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { createDelta } from '../../../src/git/objects/delta-writer.ts'
import { applyDelta } from '../../../src/git/objects/delta.ts'
import { gitObject } from '../../../src/git/objects/git-object.ts'
import { writePack, writeThinPack } from '../../../src/git/objects/pack-writer.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))

test('a delta makes its target of its base, whatever the two are', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, (head, before, changed, tail) => {
      const [base, target] = [Buffer.concat([head, before, tail]), Buffer.concat([head, changed, tail])]
      assert.ok(applyDelta(base, createDelta(base, target)).equals(target))
    }),
  )
})

test('what is changed in place costs little, also far behind the beginning', () => {
  const base = Buffer.alloc(300_000, 'all entries of a large folder ')
  const target = Buffer.from(base)
  for (const at of [10, 100_000, 200_000, 299_990]) target.write('changed', at)
  const delta = createDelta(base, target)
  assert.ok(applyDelta(base, delta).equals(target))
  assert.ok(delta.length < 200, `${delta.length}`)
})

test('git completes a thin pack with what it has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thin-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const git = (command: readonly string[], input?: Buffer) =>
    execFileSync('git', [...command], { cwd: folder, ...(input === undefined ? {} : { input }) })
  git(['init', '--quiet', '--bare', '.'])
  const base = gitObject('blob', Buffer.from(Array.from({ length: 2000 }, (_, line) => `line ${line}\n`).join('')))
  git(['unpack-objects', '-q'], writePack([base]))
  const object = {
    ...gitObject('blob', Buffer.from(base.content.toString().replace('line 777', 'line changed'))),
    madeOf: base,
  }
  const pack = writeThinPack([object])
  assert.ok(pack.length < 150, `${pack.length}`)
  git(['index-pack', '--stdin', '--fix-thin'], pack)
  assert.equal(git(['cat-file', 'blob', object.oid]).toString(), object.content.toString())
})
