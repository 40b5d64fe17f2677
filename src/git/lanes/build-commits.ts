import type { CommitAuthor } from '../../core/policy.ts'
import type { Change } from '../../core/change.ts'
import type { BranchMark } from '../../core/git/branch-mark.ts'
import { commitMessage } from '../../core/git/commit-message.ts'
import { newCommit, sealOfNew } from '../objects/commit-object.ts'
import type { FileText } from '../file-text.ts'
import { gitObject, type GitObject } from '../objects/git-object.ts'
import type { ObjectSource } from '../objects/object-source.ts'
import type { NewObject } from '../objects/pack-writer.ts'
import type { LaneEdit, PlannedCommit } from './plan-commits.ts'
import { fileMode } from '../objects/tree-bytes.ts'
import { editTree, type FileContent } from '../objects/tree-edit.ts'

/** On what commits are built, and how they are told. `time` in ms since the epoch; `repository` and `branch` are what a message template sees. */
export interface CommitBase {
  readonly tip: string
  readonly tree: string
  readonly texts: ReadonlyMap<string, FileText>
  readonly author: CommitAuthor
  readonly time: number
  readonly repository: string
  readonly branch: string
  /** What commits on a push branch say of it. */
  readonly mark?: Omit<BranchMark, 'seal'> | undefined
}

/** A commit that has been built, with what it was planned from. */
export interface BuiltCommit<Edit extends LaneEdit> {
  readonly oid: string
  readonly planned: PlannedCommit<Edit>
}

/** A row of commits on a tip, and all that is new in them. `oid` is the last one's. */
export interface BuiltCommits<Edit extends LaneEdit> {
  readonly base: string
  readonly oid: string
  readonly commits: readonly BuiltCommit<Edit>[]
  readonly objects: readonly NewObject[]
}

/** Makes the objects of planned commits, each standing on the one before. One whose files end up as they were takes its predecessor's id. */
export async function buildCommits<Edit extends LaneEdit>(
  planned: readonly PlannedCommit<Edit>[],
  source: ObjectSource,
  base: CommitBase,
): Promise<BuiltCommits<Edit>> {
  const created = new Map<string, NewObject>()
  const commits: BuiltCommit<Edit>[] = []
  let { tip, tree } = base
  for (const commit of planned) {
    if (commit.files.size > 0) {
      const edited = await editTree(over(source, created), tree, contentOf(commit.files, base.texts))
      const { author = base.author, signOff = false, signer } = commit.style
      const bare = { tree: edited.root, parent: tip, author, time: base.time }
      const at = {
        ...base,
        signOff: signOff ? author : undefined,
        mark: base.mark && { ...base.mark, seal: sealOfNew(bare) },
      }
      const message = commitMessage(commit.message, changesOf(commit), at)
      const object = await newCommit({ ...bare, message, signer })
      for (const made of [...edited.created, object]) created.set(made.oid, made)
      tip = object.oid
      tree = edited.root
    }
    commits.push({ oid: tip, planned: commit })
  }
  return { base: base.tip, oid: tip, commits, objects: [...created.values()] }
}

function contentOf(
  files: ReadonlyMap<string, string>,
  texts: ReadonlyMap<string, FileText>,
): ReadonlyMap<string, FileContent> {
  return new Map(
    [...files].map(([path, text]) => {
      const before = texts.get(path)
      const blob = blobOf(text)
      if (before?.kind !== 'text') return [path, { mode: fileMode, blob }]
      // The server has what was read at the tip: of a large file only the difference is sent.
      const isNew = before.text !== text
      return [path, { mode: before.mode, blob: isNew ? { ...blob, madeOf: blobOf(before.text) } : blob }]
    }),
  )
}

function blobOf(text: string): GitObject {
  return gitObject('blob', Buffer.from(text, 'utf8'))
}

function changesOf<Edit extends LaneEdit>({ edited }: PlannedCommit<Edit>): readonly Change[] {
  return edited.map(({ entry, carried, anchors }) => ({ ...entry.change, carried, anchors }))
}

/** The source, with trees that are only here yet. */
function over(source: ObjectSource, created: ReadonlyMap<string, GitObject>): Pick<ObjectSource, 'trees'> {
  return {
    async trees(oids) {
      const ours = oids.flatMap((oid) => created.get(oid) ?? [])
      const theirs = oids.filter((oid) => !created.has(oid))
      return new Map([
        ...(theirs.length > 0 ? await source.trees(theirs) : []),
        ...ours.map((tree): [string, GitObject] => [tree.oid, tree]),
      ])
    },
  }
}
