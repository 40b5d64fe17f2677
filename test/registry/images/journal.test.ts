import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openJournal } from '../../../src/registry/images/journal.ts'
import { temporaryFolder } from '../../servers/guard.ts'

function open(t: TestContext) {
  const temporary = temporaryFolder('journal')
  t.after(() => temporary.remove())
  const folder = join(temporary.path, 'folder')
  return { folder, path: join(folder, 'lines'), journal: openJournal(folder, 'lines') }
}

test('what is appended is read, and what replaces it', async (t) => {
  const { journal, path, folder } = open(t)
  assert.equal(await journal.read(), '')
  await journal.append(['a', 'b'])
  await journal.append(['c'])
  assert.deepEqual((await journal.read()).split('\n').filter(Boolean), ['a', 'b', 'c'])
  await journal.replace(['d', 'e'])
  assert.equal(await readFile(path, 'utf8'), 'd\ne\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(folder), ['lines'])
})

test('what a crash left unfinished does not spoil what comes after', async (t) => {
  const { journal, path, folder } = open(t)
  await mkdir(folder)
  await writeFile(path, 'a\nhal')
  await journal.append(['b'])
  assert.deepEqual((await journal.read()).split('\n').filter(Boolean), ['a', 'hal', 'b'])
})

test('what a crash left beside it is cleared away, and nothing else', async (t) => {
  const { journal, folder } = open(t)
  await mkdir(folder)
  for (const name of ['lines.1.new', 'lines.old', 'other.new']) await writeFile(join(folder, name), 'x')
  assert.equal(await journal.read(), '')
  assert.deepEqual((await readdir(folder)).toSorted(), ['lines.old', 'other.new'])
})

test('what can not be cleared away keeps nobody from reading', async (t) => {
  const { journal, folder } = open(t)
  await mkdir(join(folder, 'lines.1.new'), { recursive: true })
  await journal.append(['a'])
  assert.equal((await journal.read()).trim(), 'a')
})

test('what can not be read is told by its code, and what can not be replaced leaves nothing', async (t) => {
  const { journal, folder, path } = open(t)
  await mkdir(path, { recursive: true })
  await assert.rejects(journal.read(), { code: 'EISDIR' })
  await assert.rejects(journal.append(['a']), { code: 'EISDIR' })
  await assert.rejects(journal.replace(['a']), { code: 'EISDIR' })
  assert.deepEqual(await readdir(folder), ['lines'])
})

test('a folder that is none yet is nothing to read', async (t) => {
  const { journal, folder } = open(t)
  await symlink('/dev/null', folder)
  assert.equal(await journal.read(), '')
  await assert.rejects(journal.append(['a']))
})
