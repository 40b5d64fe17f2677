import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { GitFault } from '../../../src/git/wire/git-fault.ts'
import { gitObject } from '../../../src/git/objects/git-object.ts'
import {
  fileMode,
  findEntries,
  folderMode,
  putEntries,
  treeName,
  type TreeEntry,
} from '../../../src/git/objects/tree-bytes.ts'

const folder = mkdtempSync(join(tmpdir(), 'tree-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const git = (command: readonly string[], input?: string) =>
  execFileSync('git', [...command], { cwd: folder, ...(input === undefined ? {} : { input }) })
git(['init', '--quiet', '--bare', '.'])

const blob = gitObject('blob', Buffer.from('')).oid
const tree = gitObject('tree', Buffer.alloc(0)).oid
git(['hash-object', '-w', '-t', 'tree', '--stdin'], '')
git(['hash-object', '-w', '--stdin'], '')
const file = (name: string, mode = fileMode): TreeEntry => ({ name: treeName(name), mode, oid: blob })

test('entries that are added stand where git puts them', () => {
  const names = fc.stringMatching(/^[a-c.\-0]{1,4}$/).filter((name) => name !== '.' && name !== '..')
  const entries = fc.uniqueArray(fc.tuple(names, fc.boolean()), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(entries, fc.nat(), (all, at) => {
      const made = all.map(([name, isFolder]) => (isFolder ? { name, mode: folderMode, oid: tree } : file(name)))
      const split = at % made.length
      const ours = putEntries(putEntries(Buffer.alloc(0), made.slice(0, split)), made.slice(split))
      const listed = made
        .map(({ name, mode, oid }) => `${mode} ${mode === folderMode ? 'tree' : 'blob'} ${oid}\t${name}\0`)
        .join('')
      assert.equal(gitObject('tree', ours).oid, git(['mktree', '-z'], listed).toString().trim())
    }),
    { numRuns: 60 },
  )
})

test('every byte but those of the entry stays, also names that are not UTF-8 and modes of old', () => {
  const strange = (mode: string, name: Buffer) =>
    Buffer.concat([Buffer.from(`${mode} `), name, Buffer.from([0]), Buffer.from(blob, 'hex')])
  const before = [
    strange('100664', Buffer.from('group')),
    strange('100644', Buffer.from([0x66, 0xfc, 0x72])),
    strange('040000', Buffer.from('old')),
  ]
  const own = strange('100755', Buffer.from('values.yaml'))
  const oid = 'ab'.repeat(20)
  const [entry] = findEntries(Buffer.concat([...before, own]), new Set(['values.yaml'])).values()
  assert.deepEqual(entry, { name: 'values.yaml', mode: '100755', oid: blob })
  const after = putEntries(Buffer.concat([...before, own]), [{ name: 'values.yaml', mode: '100755', oid }])
  const expected = Buffer.concat([...before, own.subarray(0, -20), Buffer.from(oid, 'hex')])
  assert.ok(after.equals(expected))
})

test('names beyond ASCII are found by their bytes', () => {
  const bytes = putEntries(Buffer.alloc(0), [file('größe'), file('日本')])
  assert.equal(findEntries(bytes, new Set([treeName('日本')])).size, 1)
})

test('what is no tree is refused', () => {
  for (const text of ['100644', '100644 name', '100644 name\0short']) {
    assert.throws(() => findEntries(Buffer.from(text), new Set()), GitFault)
  }
})
