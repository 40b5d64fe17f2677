/** A source of an Application, as far as the stand-in reads it. */
export interface Source {
  readonly repoURL: string
  readonly path?: string
  readonly chart?: string
  readonly targetRevision?: string
  readonly name?: string
  readonly ref?: string
  readonly helm?: HelmOptions
  readonly kustomize?: KustomizeOptions
  readonly directory?: { readonly recurse?: boolean }
  readonly plugin?: Readonly<Record<string, unknown>>
}

/** `spec.source.helm`. */
export interface HelmOptions {
  readonly releaseName?: string
  readonly parameters?: readonly HelmParameter[]
  readonly valueFiles?: readonly string[]
  readonly ignoreMissingValueFiles?: boolean
  readonly values?: string
  readonly valuesObject?: Readonly<Record<string, unknown>>
}

/** One `--set` (with `forceString` one `--set-string`). */
export interface HelmParameter {
  readonly name?: string
  readonly value?: string
  readonly forceString?: boolean
}

/** `spec.source.kustomize`; an image is `NAME:TAG`, `NAME=NEW:TAG`, `NAME@DIGEST` or `NAME:TAG@DIGEST`. */
interface KustomizeOptions {
  readonly images?: readonly string[]
}

/** Where an Application deploys to. */
interface Destination {
  readonly name?: string
  readonly namespace?: string
  readonly server?: string
}

/** An Application as the API server has it. */
export interface Application {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly project: string
    readonly destination: Destination
    readonly source?: Source
    readonly sources?: readonly Source[]
    readonly ignoreDifferences?: readonly unknown[]
    readonly syncPolicy?: { readonly automated?: { readonly enabled?: boolean } }
  }
  readonly operation?: Operation
  readonly status?: Status
}

/** A sync that was asked for. */
export interface Operation {
  readonly initiatedBy?: { readonly username?: string; readonly automated?: boolean }
  readonly info?: readonly { readonly name: string; readonly value: string }[]
  readonly sync?: Readonly<Record<string, unknown>>
}

/** What kind of thing a source is; "" for one that only lends its files to others (`ref`). */
export type SourceType = 'Helm' | 'Kustomize' | 'Directory' | 'Plugin' | ''

/** An Application's status. Times are RFC 3339 with whole seconds. */
export interface Status {
  readonly sourceType?: SourceType
  readonly sourceTypes?: readonly SourceType[]
  readonly reconciledAt?: string
  readonly sync?: {
    readonly status: 'Synced' | 'OutOfSync' | 'Unknown'
    readonly revision?: string
    readonly revisions?: readonly string[]
    readonly comparedTo?: ComparedTo
  }
  readonly health?: {
    readonly status: 'Healthy' | 'Progressing' | 'Degraded' | 'Missing'
    readonly lastTransitionTime?: string
  }
  readonly summary?: { readonly images?: readonly string[] }
  readonly conditions?: readonly {
    readonly type: string
    readonly message: string
    readonly lastTransitionTime?: string
  }[]
  readonly history?: readonly HistoryEntry[]
  readonly operationState?: OperationState
}

/** The part of the spec that was compared with. */
export interface ComparedTo {
  readonly destination: Destination
  readonly ignoreDifferences?: readonly unknown[]
  readonly source?: Source
  readonly sources?: readonly Source[]
}

/** One sync that was carried out; `id` counts from 0. */
interface HistoryEntry extends Synced {
  readonly id: number
  readonly deployStartedAt: string
  readonly deployedAt: string
  readonly initiatedBy?: Operation['initiatedBy']
}

/** The sources that were synced, one or several, at which revisions. */
export interface Synced {
  readonly revision?: string
  readonly revisions?: readonly string[]
  readonly source?: Source
  readonly sources?: readonly Source[]
}

/** The last operation, finished or not. */
interface OperationState {
  readonly operation: Operation
  readonly phase: 'Running' | 'Succeeded' | 'Error'
  readonly message?: string
  readonly startedAt: string
  readonly finishedAt?: string
  readonly syncResult?: Synced & { readonly revision: string }
}

/** "namespace/name". */
export const keyOf = ({ metadata }: Application): string => `${metadata.namespace}/${metadata.name}`

/** The sources that count: `spec.source` beside `spec.sources` is ignored. */
export function sourcesOf({ spec }: Application): readonly Source[] {
  if (isMultiSource(spec)) return spec.sources ?? []
  return spec.source === undefined ? [] : [spec.source]
}

/** Whether the Application lists its sources, be it one. */
export const isMultiSource = (spec: Application['spec']): boolean => (spec.sources?.length ?? 0) > 0

/** Whether Argo CD syncs by itself. */
export function isAutomated({ spec }: Application): boolean {
  return spec.syncPolicy?.automated !== undefined && spec.syncPolicy.automated.enabled !== false
}
