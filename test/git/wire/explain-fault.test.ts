import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../../src/errors.ts'
import { explainFault } from '../../../src/git/wire/explain-fault.ts'
import { GitFault } from '../../../src/git/wire/git-fault.ts'

for (const [kind, words, reason, message] of [
  ['said', 'Repository not found.', 'GitRepositoryNotFound', /answered: Repository not found\.$/],
  [
    'said',
    'The project you were looking for could not be found or you do not have permission to view it.',
    'GitRepositoryNotFound',
    /could not be found/,
  ],
  [
    'said',
    "access denied to 'https://bot:secret@git.example.com/x'",
    'GitAuthFailed',
    /denied to 'https:\/\/git\.example\.com\/x'$/,
  ],
  ['said', 'upload-pack: out of memory', 'GitUnavailable', /answered: upload-pack: out of memory$/],
  [
    'broke',
    'its answer is cut short',
    'GitUnavailable',
    /^the git server of git\.example\.com\/x failed: its answer is cut short$/,
  ],
  ['tooLarge', 'its answer is larger than is read', 'GitUnavailable', /larger than is read$/],
] as const) {
  test(`"${words}" is ${reason}`, () => {
    const explained = explainFault(new GitFault(kind, words), 'git.example.com/x')
    assert.ok(explained instanceof ReconcileError)
    assert.equal(explained.reason, reason)
    assert.match(explained.message, message)
  })
}

test('other errors pass', () => {
  const error = new Error('x')
  assert.equal(explainFault(error, 'git.example.com/x'), error)
})
