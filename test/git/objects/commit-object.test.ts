import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { newCommit, readCommit } from '../../../src/git/objects/commit-object.ts'
import { GitFault } from '../../../src/git/wire/git-fault.ts'
import { gitObject } from '../../../src/git/objects/git-object.ts'

const tree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const parent = '1efbea16342f5dee5bc807c3abfb125162d03cb9'
const author = { name: 'Bot <evil>\n', email: 'bot@example.com' }

test('a commit of ours is one that git takes, whatever stands in name and message', async () => {
  const message = 'Update web\r\n\r\nbody\0 with a zero\n\n\n'
  const commit = await newCommit({ tree, parent, author, time: 1_700_000_000_999, message })
  const oid = execFileSync('git', ['hash-object', '-t', 'commit', '--stdin'], { input: commit.content })
    .toString()
    .trim()
  assert.equal(oid, commit.oid)
  const who = 'Bot evil <bot@example.com> 1700000000 +0000'
  const expected = {
    oid,
    tree,
    parents: [parent],
    time: 1_700_000_000,
    author: who,
    committer: who,
    message: 'Update web\n\nbody with a zero\n',
  }
  assert.deepEqual(readCommit(commit), expected)
  assert.match(commit.content.toString(), /^author Bot evil <bot@example\.com> 1700000000 \+0000$/m)
})

test('parents count only where they follow the tree, signatures are no headers of their own', () => {
  const text = `tree ${tree}\nparent ${parent}\nparent ${tree}\nauthor a <b> 1 +0000\ncommitter a <b> 2 +0100\ngpgsig -----\n parent ${tree}\n\nmessage\nparent ${parent}\n`
  const { parents, time, message } = readCommit(gitObject('commit', Buffer.from(text)))
  assert.deepEqual([parents, time, message], [[parent, tree], 2, `message\nparent ${parent}\n`])
})

test('what is no commit is refused', () => {
  assert.throws(() => readCommit(gitObject('commit', Buffer.from('author a'))), GitFault)
  assert.throws(() => readCommit(gitObject('tag', Buffer.from(`tree ${tree}\n\n`))), GitFault)
})
