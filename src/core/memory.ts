import type {
  ApplicationStatus,
  FirstSeenStatus,
  ImageStatus,
  ImageUpdatePolicySpec,
  ImageUpdatePolicyStatus,
} from '../api/v1alpha1.ts'
import { shortened } from './text/shortened.ts'

/** What a policy remembers of earlier runs, read from its status. */
export interface Memory {
  /** By {@link linkKey}; entries whose `written` no longer counts have lost it. */
  readonly applications: ReadonlyMap<string, ApplicationStatus>
  /** Whether memory of what was written was dropped in this run, or never was: then history is not asked either. */
  readonly dropped: boolean
  /** What was chosen last for the same image, strategy and constraints. */
  readonly chosen: ImageStatus | undefined
  /** How many tags the last scan had for the same spec; undefined: nobody has counted. */
  readonly tags: number | undefined
  /** What the clock of `minAge` begins with; undefined: there was no scan for the same image, strategy and filters. */
  readonly clock: ClockMemory | undefined
}

/** When young tags were first seen, and what was chosen last, for the same image, strategy and filters. */
export interface ClockMemory {
  readonly firstSeen: readonly FirstSeenStatus[]
  readonly chosen: ImageStatus | undefined
}

/** What parts of the memory belong to. */
export interface MemoryHashes {
  /** See {@link memoryHash}. */
  readonly hash: string
  /** See {@link clockHash}. */
  readonly clockHash: string
}

/**
 * Reads the memory from the status. What was written counts only for the same image, strategy, constraints, target and
 * `whenReverted` (`hash`), and until annotation `resumedAt` of the policy, or of the Application (`resumedAtOf`), gets a new
 * value.
 */
export function memoryOf(
  status: ImageUpdatePolicyStatus,
  now: MemoryHashes & {
    resumedAt: string | undefined
    resumedAtOf: (namespace: string, name: string) => string | undefined
  },
): Memory {
  const changed = status.writtenFor !== undefined && status.writtenFor !== now.hash
  const resumed = now.resumedAt !== undefined && now.resumedAt !== status.lastHandledResumedAt
  const dropped = changed || resumed
  const applications = (status.applications ?? []).map((application) => {
    const resumedAt = now.resumedAtOf(application.namespace, application.name)
    const forget = dropped || isResumed(application, resumedAt)
    return [linkKey(application), forget ? withoutWritten(application) : application] as const
  })
  return {
    applications: new Map(applications),
    dropped,
    chosen: changed ? undefined : status.chosen,
    tags: changed ? undefined : status.evaluation?.tags,
    clock:
      status.firstSeenFor === now.clockHash ? { firstSeen: status.firstSeen ?? [], chosen: status.chosen } : undefined,
  }
}

/** The value of an annotation, as far as it is kept in the status: two that begin with the same 256 characters are one. */
export function annotationValue(annotations: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = annotations[name]
  return value === undefined ? undefined : shortened(value)
}

/** Names a linked source of an Application: `namespace/name`, with `#index` where the Application has several sources. */
export function linkKey(link: { namespace: string; name: string; source?: number | undefined }): string {
  return `${link.namespace}/${link.name}${link.source === undefined ? '' : `#${link.source}`}`
}

/** Whether annotation `resumedAt` of an Application has a value that this policy has not handled yet. */
export function isResumed(application: ApplicationStatus | undefined, annotation: string | undefined): boolean {
  return annotation !== undefined && annotation !== application?.lastHandledResumedAt
}

/** Hash of what a memory belongs to: 16 hex digits, FNV-1a over the spec's parts in a fixed order. */
export function memoryHash(spec: ImageUpdatePolicySpec): string {
  const { image, strategy, constraints, writeBack, whenReverted } = spec
  const {
    method = 'argocd',
    helm,
    kustomize,
    digest,
    git: { repository, branch, pushBranch, target: way, path } = {},
  } = writeBack ?? {}
  const target = { method, helm, kustomize, digest, repository, branch, pushBranch, target: way, path }
  return fnv1a64(canonical([image, strategy, constraints, target, whenReverted ?? 'hold']))
}

/**
 * Hash of what a first scan belongs to: image, strategy and filters (16 hex digits). Not `minAge` itself: who makes it shorter has waited already.
 */
export function clockHash({ image, strategy, constraints }: ImageUpdatePolicySpec): string {
  const { minAge: _minAge, allowDowngrade: _allowDowngrade, ...filters } = constraints ?? {}
  return fnv1a64(canonical([image, strategy, filters]))
}

/** Hash of a place that is written to: 16 hex digits. */
export function placeHash(parts: readonly string[]): string {
  return fnv1a64(canonical(parts))
}

function withoutWritten({
  written: _written,
  writtenAt: _writtenAt,
  writtenTo: _writtenTo,
  proposed: _proposed,
  takenBack: _takenBack,
  ...rest
}: ApplicationStatus): ApplicationStatus {
  return rest
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join()}}`
}

function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const character of text) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, '0')
}
