import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalKind, topicOf, type RefusalTopic } from '../../../src/git/wire/push-refusal.ts'

const oid = '1efbea16342f5dee5bc807c3abfb125162d03cb9'

const rows: readonly (readonly [server: string, words: string, kind: ReturnType<typeof refusalKind>])[] = [
  ['git', 'failed to update ref', 'race'],
  ['git', `cannot lock ref 'refs/heads/main': is at ${oid} but expected ${'2'.repeat(40)}`, 'race'],
  [
    'git',
    "cannot lock ref 'refs/heads/main': Unable to create '/srv/x.git/refs/heads/main.lock': File exists.",
    'race',
  ],
  ['git', 'non-fast-forward', 'race'],
  ['git', 'fetch first', 'race'],
  ['git', 'stale info', 'race'],
  ['git', 'reference already exists', 'race'],
  ['git', 'incorrect old value provided', 'race'],
  ['git', 'missing necessary objects', 'race'],
  ['JGit', 'lock failure', 'race'],
  ['JGit', 'failed to lock', 'race'],
  [
    'Azure DevOps',
    'The reference refs/heads/main has already been updated by another client, so you cannot update it. Please try again.',
    'race',
  ],
  ['git', 'pre-receive hook declined', 'refusal'],
  ['git', 'hook declined', 'refusal'],
  ['git', 'deny updating a hidden ref', 'refusal'],
  ['git', 'branch is currently checked out', 'refusal'],
  ['git', 'shallow update not allowed', 'refusal'],
  ['git', 'unpack unable to write file: No space left on device', 'refusal'],
  ['GitHub', 'protected branch hook declined', 'refusal'],
  ['GitHub', 'push declined due to repository rule violations', 'refusal'],
  ['GitHub', 'GH006: Protected branch update failed for refs/heads/main.', 'refusal'],
  ['GitLab', 'GitLab: You are not allowed to push code to protected branches on this project.', 'refusal'],
  ['GitLab', 'GitLab: The repository is temporarily read-only. Please try again later.', 'refusal'],
  ['Gitea', 'Gitea: Not allowed to push to protected branch main', 'refusal'],
  ['Bitbucket', 'Branch refs/heads/main can only be modified through pull requests.', 'refusal'],
  [
    'Azure DevOps',
    'TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.',
    'refusal',
  ],
  ['Gerrit', 'prohibited by Gerrit: not permitted: update', 'refusal'],
  ['a server that nobody knows', 'internal server error', undefined],
]

for (const [server, words, kind] of rows) {
  test(`${server}: "${words.slice(0, 60)}" is ${kind ?? 'not told'}`, () => assert.equal(refusalKind(words), kind))
}

const path = '/srv/x.git/./refs/heads/main.lock'
const topics: readonly (readonly [server: string, words: string, topic: RefusalTopic])[] = [
  ['git', `failed to update ref: error: Unable to create '${path}': File exists.`, 'lock'],
  ['git', `cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'`, undefined],
  ['git', `cannot lock ref 'refs/heads/main': is at ${oid} but expected ${'2'.repeat(40)}`, undefined],
  ['JGit', 'lock failure', undefined],
  ['git', 'non-fast-forward', 'rewriting'],
  ['GitHub', 'protected branch hook declined: error: GH006: Cannot force-push to this branch', 'rewriting'],
  ['GitLab', 'GitLab: You are not allowed to force push code to a protected branch on this project.', 'rewriting'],
  ['GitLab', 'GitLab: You are not allowed to push code to protected branches on this project.', undefined],
  ['git', 'pre-receive hook declined', undefined],
]
for (const [server, words, topic] of topics)
  test(`${server}: "${words.slice(0, 60)}" is about ${topic ?? 'nothing else'}`, () =>
    assert.equal(topicOf(words), topic))
