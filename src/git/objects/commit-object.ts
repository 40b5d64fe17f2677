import { createHash } from 'node:crypto'
import type { CommitAuthor } from '../../core/policy.ts'
import type { CommitSigner } from '../lanes/commit-signer.ts'
import { GitFault } from '../wire/git-fault.ts'
import { gitObject, type GitObject } from './git-object.ts'

/** What a commit is made of; `time` in ms since the epoch. */
export interface NewCommit {
  readonly tree: string
  readonly parent: string
  readonly author: CommitAuthor
  readonly time: number
  readonly message: string
  readonly signer?: CommitSigner | undefined
}

/** What is read of a commit; `time` (the committer's) in seconds since the epoch; author and committer with their times. */
export interface Commit {
  readonly oid: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly time: number
  readonly author: string
  readonly committer: string
  readonly message: string
}

/** The commit as an object, author and committer being the same, in UTC. */
export async function newCommit({ tree, parent, author, time, message, signer }: NewCommit): Promise<GitObject> {
  const who = madeBy(author, time)
  const text = `${message.replaceAll('\0', '').replaceAll(/\r\n?/g, '\n').trimEnd()}\n`
  const head = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n`
  const bare = Buffer.from(`${head}\n${text}`)
  if (signer === undefined) return gitObject('commit', bare)
  // What is signed is the commit without the signature. Each of its further lines is indented, as in every header.
  const signature = (await signer.sign(bare)).replaceAll('\n', '\n ')
  return gitObject('commit', Buffer.from(`${head}gpgsig ${signature}\n\n${text}`))
}

/** Reads a commit. Throws a GitFault for what is none. */
export function readCommit({ oid, type, content }: GitObject): Commit {
  const text = content.toString('utf8')
  const end = text.indexOf('\n\n')
  const head = end < 0 ? text : text.slice(0, end)
  const [, tree] = /^tree ([0-9a-f]{40})(?:\n|$)/.exec(head) ?? []
  if (type !== 'commit' || tree === undefined) throw new GitFault('broke', 'it sent something that is no commit')
  // Git reads parents only where they follow the tree directly.
  const [parents = ''] = /^(?:\nparent [0-9a-f]{40})*/.exec(head.slice(45)) ?? []
  const committer = headerIn(head, 'committer')
  const [, seconds = '0'] = / (\d+) [+-]\d+$/.exec(committer) ?? []
  return {
    oid,
    tree,
    time: Number(seconds),
    author: headerIn(head, 'author'),
    committer,
    message: end < 0 ? '' : text.slice(end + 2),
    parents: parents.split('\nparent ').filter((parent) => parent !== ''),
  }
}

function headerIn(head: string, name: 'author' | 'committer'): string {
  return new RegExp(`^${name} (.*)$`, 'm').exec(head)?.[1] ?? ''
}

/** Stands for all of a commit but its message, of which it may so become a part: 16 hex digits. */
export function sealOf({ tree, parents, author, committer }: Omit<Commit, 'oid' | 'time' | 'message'>): string {
  const all = JSON.stringify([tree, parents, author, committer])
  return createHash('sha256').update(all).digest('hex').slice(0, 16)
}

/** The seal of a commit that is about to be made. */
export function sealOfNew({ tree, parent, author, time }: Omit<NewCommit, 'message' | 'signer'>): string {
  const who = madeBy(author, time)
  return sealOf({ tree, parents: [parent], author: who, committer: who })
}

/** An author as commits have them, with the time. */
function madeBy({ name, email }: CommitAuthor, time: number): string {
  return `${plain(name)} <${plain(email)}> ${Math.floor(time / 1000)} +0000`
}

/** Without the characters that end a name or an address in a commit. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}<>]/gu, '').trim()
}
