import type { RefList } from './advertisement.ts'

/** What is asked of a server: objects, and what need not be sent. */
export interface FetchRequest {
  readonly wants: readonly string[]
  /** How many commits deep; undefined: down to `bases`. */
  readonly deepen?: number
  /** Commits that are here with their trees, though perhaps not their parents. */
  readonly bases?: readonly string[]
  /** `tree:0` leaves out all trees and files, `blob:none` all files, but for those in `wants`. */
  readonly filter?: 'tree:0' | 'blob:none'
  /** Longest answer in bytes. */
  readonly limit: number
}

/** The reading side of a git server. Failures are GitFaults and ReconcileErrors. */
export interface UploadPack {
  /** Whether parts of commits can be asked for. */
  readonly filters: boolean
  /** The refs whose names begin with one of these; servers may send more. */
  listRefs(prefixes: readonly string[]): Promise<RefList>
  /** The pack; undefined: none of the `bases` leads to what is wanted, so it must be asked for without them. */
  fetch(request: FetchRequest): Promise<Buffer | undefined>
}

/** Longest list of refs in bytes that is read. */
export const longestRefList = 64 * 1024 * 1024
