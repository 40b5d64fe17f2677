import type { ClaimKey } from '../core/applications/conflicts.ts'
import type { FileEdit } from '../core/targets/file-edit.ts'
import type { FileState, FileWish } from '../core/targets/file-state.ts'
import type { FileWork } from '../core/targets/file-work.ts'
import type { FileText } from '../git/file-text.ts'
import type { GitSpot } from './git-access.ts'
import type { GitFile } from './git-file.ts'
import type { LinkedTarget } from './place.ts'

/** How a target looks into git. Everything on it throws ReconcileError. */
export interface Look {
  /** The way to a file, by the credential that may be used for it. */
  spot(file: GitFile): Promise<GitSpot>
  /** The YAML files at a path: itself, or all in the folder and below it. */
  list(spot: GitSpot, path: string): Promise<readonly string[]>
  texts(spot: GitSpot, paths: readonly string[]): Promise<ReadonlyMap<string, FileText>>
}

/** Where a choice stands in git, and how it is changed there. */
export interface Found {
  readonly file: GitFile
  readonly spot: GitSpot
  /** All files that may be changed, from the repository's root. */
  readonly paths: readonly string[]
  /** What is written, where the policy's names don't tell it; no two policies may write the same. */
  readonly written?: readonly { readonly path: string; readonly name: string }[]
  readonly state: FileState
  /** Undefined: only what is carried over is made equal again; where nothing is, there is no such edit. */
  edit(wish: FileWish | undefined): FileEdit | undefined
}

/** What a target is made of. */
export interface TargetParts {
  readonly argocdNamespace: string
  /** Reads what stands in files. */
  readonly work: FileWork
}

/** One of the ways in which a commit changes a git repository: `writeBack.git.target`. */
export interface GitTarget {
  /** What nobody else may write, as far as that is known without a look; `branchOf` undefined leaves a file out. */
  claims(linked: LinkedTarget, branchOf: (file: GitFile) => string | undefined): readonly ClaimKey[]
  /** What it may write, where only a look tells whether it does. */
  possible?(linked: LinkedTarget, branchOf: (file: GitFile) => string | undefined): readonly ClaimKey[]
  /** Finds where the choice is written, and reads what is desired there. Throws ReconcileError. */
  find(linked: LinkedTarget, look: Look): Promise<Found>
}
