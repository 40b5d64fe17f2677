import type { ControlPlane } from './control-plane-access.ts'
import type { GitTree } from './git/tree.ts'

/** Where the stand-in finds the cluster and git, which Applications are its own, and how quick it is. */
export interface ArgoCdOptions {
  readonly controlPlane: Pick<ControlPlane, 'server' | 'adminToken' | 'caData'>
  /** Argo CD's own namespace; it must exist. */
  readonly namespace: string
  /** The namespaces whose Applications it looks after: its own unless given. */
  readonly namespaces?: readonly string[]
  /** All files of a git repository at a branch, tag, commit or HEAD; rejects with what Argo CD is to say. */
  readonly readTree: (repositoryUrl: string, revision: string) => Promise<GitTree>
  /** The files of a chart from a Helm repository, by path from the chart's folder. */
  readonly readChart?: (repositoryUrl: string, chart: string, version: string) => Promise<ReadonlyMap<string, string>>
  /** How often git is looked at unasked, in milliseconds (3 minutes unless given). */
  readonly pollMs?: number
  /** How long a sync runs, in milliseconds (100 unless given). */
  readonly syncMs?: number
  /** How long after a sync the new Pods are ready, in milliseconds (200 unless given). */
  readonly rolloutMs?: number
}

/** One thing that the stand-in did. */
export interface ArgoCdEvent {
  readonly time: Date
  /** "namespace/name". */
  readonly application: string
  /** `refreshed`: as the annotation asked, which is gone now; `live`: the new Pods are ready and the old ones gone. */
  readonly what: 'refreshed' | 'compared' | 'failed' | 'syncing' | 'synced' | 'live'
}

/** How the stand-in behaves. Applications are "namespace/name". */
export interface ArgoCdMode {
  /** Ends every other mode, and looks at everything at once. */
  normal(): void
  /** Waits so many milliseconds before it looks at anything. */
  slow(ms: number): void
  /** Does nothing at all, as if it were not installed. */
  absent(): void
  /** Puts an Application into ComparisonError, whatever its sources hold. */
  comparisonError(application: string, message: string): void
  /** Does not see an Application's next change of spec until it is asked to refresh: what Argo CD does about once in 200 times. */
  overlook(application: string): void
}

/** The running stand-in. */
export interface ArgoCd {
  readonly mode: ArgoCdMode
  /** What it did so far, the oldest first. */
  events(): readonly ArgoCdEvent[]
  stop(): Promise<void>
}

export declare function startArgoCd(options: ArgoCdOptions): Promise<ArgoCd>
