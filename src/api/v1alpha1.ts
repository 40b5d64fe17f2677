/** API group of the custom resource. */
export const group = 'imageupdate.dev'
/** API version of the custom resource. */
export const version = 'v1alpha1'
/** Plural name under which the API server serves the custom resource. */
export const plural = 'imageupdatepolicies'
/** Kind of the custom resource. */
export const kind = 'ImageUpdatePolicy'

/** Annotation on a policy: any new value reconciles at once, with a scan no older than itself. */
export const requestedAtAnnotation = 'imageupdate.dev/requestedAt'
/** Annotation on a policy or an Application: any new value ends a hold of gate `Reverted`. */
export const resumedAtAnnotation = 'imageupdate.dev/resumedAt'

/** The strategies, as `spec.strategy` spells them. */
export const strategyNames = ['semver', 'latest', 'digest', 'name', 'numerical'] as const
/** One of {@link strategyNames}. */
export type StrategyName = (typeof strategyNames)[number]

/** Which parts of a choice are written: the tag, tag and digest, or the digest alone. */
export type DigestMode = 'never' | 'withTag' | 'only'

/** The ways in which a commit changes a git repository, as `spec.writeBack.git.target` spells them. */
export const gitTargetNames = ['override', 'helmValues', 'kustomization', 'manifests'] as const
/** One of {@link gitTargetNames}. */
export type GitTargetName = (typeof gitTargetNames)[number]

/** One image place of a Helm chart; each value is a key in Helm's `--set` notation. */
export interface HelmPlaceSpec {
  readonly name?: string
  readonly tag?: string
  readonly registry?: string
  readonly digest?: string
  readonly spec?: string
}

/** A Kubernetes label selector (`metav1.LabelSelector`). */
export interface LabelSelectorSpec {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    readonly values?: readonly string[]
  }[]
}

/** One entry of `spec.applications`, as the user writes it. */
export interface ApplicationEntrySpec {
  readonly name?: string
  readonly selector?: LabelSelectorSpec
  readonly namespace?: string
  readonly source?: string | number
}

/** `spec` of an ImageUpdatePolicy, as the user writes it (after the schema, before the parser). */
export interface ImageUpdatePolicySpec {
  readonly image: string
  readonly strategy: StrategyName
  readonly constraints?: {
    readonly version?: string
    readonly prereleases?: boolean
    readonly tag?: string
    readonly allowTags?: string
    readonly ignoreTags?: readonly string[]
    readonly extract?: string
    readonly platforms?: readonly string[]
    readonly minAge?: string
    readonly allowDowngrade?: boolean
  }
  readonly applications: readonly ApplicationEntrySpec[]
  readonly writeBack?: {
    readonly method?: 'argocd' | 'git'
    readonly helm?: readonly HelmPlaceSpec[]
    readonly kustomize?: { readonly name?: string }
    readonly digest?: DigestMode
    readonly refresh?: boolean
    readonly git?: {
      readonly repository?: string
      readonly branch?: string
      readonly pushBranch?: string
      readonly target?: GitTargetName
      readonly path?: string
      readonly createKeys?: boolean
      readonly secretRef?: { readonly name: string }
      readonly commit?: {
        readonly message?: string
        readonly per?: 'lane' | 'policy' | 'application'
        readonly author?: { readonly name: string; readonly email: string }
        readonly signOff?: boolean
        readonly signingKeySecretRef?: { readonly name: string }
      }
    }
  }
  readonly registry?: {
    readonly secretRef?: { readonly name: string }
    readonly serviceAccountName?: string
    readonly certSecretRef?: { readonly name: string }
    readonly provider?: 'generic' | 'aws' | 'gcp' | 'azure'
    readonly insecure?: boolean
  }
  readonly whenReverted?: 'hold' | 'overwrite'
  readonly interval?: string
  readonly suspend?: boolean
}

/** A tag and/or digest in the status; `image` is the short form people read. */
export interface ImageStatus {
  readonly tag?: string
  readonly digest?: string
  readonly created?: string
  readonly image: string
}

/** What the status says of one linked Application. Values are `1.4.2`, `1.4.2@sha256:…` or `@sha256:…`, digests in full. */
export interface ApplicationStatus {
  readonly name: string
  readonly namespace: string
  /** Index of the source, where the Application has several. */
  readonly source?: number
  readonly sourceType?: string
  /** The value desired now. */
  readonly current?: string
  /** The value that stood there as our choice. */
  readonly written?: string
  /** When `written` was written by us (RFC 3339). */
  readonly writtenAt?: string
  /** Hash of the place where `written` stands; elsewhere it does not count. */
  readonly writtenTo?: string
  /** The value that waits on the push branch to be merged, or that waited there before somebody took it back. */
  readonly proposed?: string
  /** Somebody took `proposed` back: it stays held, also where others make the branch again. */
  readonly takenBack?: boolean
  /** The value live Pods have, while a write is followed. */
  readonly live?: string
  readonly sync?: string
  readonly health?: string
  /** The commit that wrote it (method `git`). */
  readonly revision?: string
  readonly reason?: string
  /** At most 256 characters. */
  readonly message?: string
  readonly heldBy?: Gate
  /** The value of the Application's annotation `resumedAt` that was handled last. */
  readonly lastHandledResumedAt?: string
}

/** The gates that can hold a choice back, in the order in which `status.pending` lists them. */
export const gates = ['MinAge', 'Platforms', 'ScanSuspicious', 'Downgrade', 'Reverted', 'Merge'] as const
/** One of {@link gates}. */
export type Gate = (typeof gates)[number]

/** A choice that waits, and for what. */
export interface PendingStatus {
  readonly tag?: string
  readonly digest?: string
  readonly heldBy: readonly { readonly gate: Gate; readonly until?: string; readonly applications?: string }[]
}

/** When a tag was first seen (RFC 3339), and what it pointed to then where that is known. */
export interface FirstSeenStatus {
  readonly tag: string
  readonly digest?: string
  readonly time: string
}

/** Counts of one rejection reason, with up to three examples. */
export interface RejectedCount {
  readonly reason: TagReason
  readonly count: number
  readonly examples: readonly string[]
}

/** Why this tag and not another. */
export interface EvaluationStatus {
  readonly tags: number
  readonly candidates: number
  readonly rejected?: readonly RejectedCount[]
  /** A remark on the scan, such as tags whose extracted text collides. */
  readonly note?: string
}

/** One write, in `status.history`. */
export interface HistoryEntry {
  readonly from?: string
  readonly to: string
  readonly time: string
  readonly applications: number
  readonly revision?: string
}

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** `status` of an ImageUpdatePolicy. */
export interface ImageUpdatePolicyStatus {
  readonly observedGeneration?: number
  readonly current?: ImageStatus
  readonly chosen?: ImageStatus
  readonly linked?: string
  readonly applications?: readonly ApplicationStatus[]
  readonly evaluation?: EvaluationStatus
  readonly pending?: PendingStatus
  readonly history?: readonly HistoryEntry[]
  /** Candidates that are younger than `minAge`, the longest known first; absent without `minAge`. */
  readonly firstSeen?: readonly FirstSeenStatus[]
  /** Hash of image, strategy and filters: `firstSeen` belongs to it. */
  readonly firstSeenFor?: string
  /** Hash of image, strategy, constraints, target and whenReverted: `written` belongs to it. */
  readonly writtenFor?: string
  readonly lastHandledReconcileAt?: string
  readonly lastHandledResumedAt?: string
  readonly conditions?: readonly Condition[]
}

/** Why a tag is left out, in the order in which the checks are tried (a closed list: docs/reasons.md). */
export const tagReasons = [
  'NotAnImage',
  'Ignored',
  'NotAllowed',
  'NotExtracted',
  'OtherTag',
  'NotAVersion',
  'NotANumber',
  'Prerelease',
  'OutOfRange',
  'NoCreationTime',
  'PlatformMissing',
  'TooYoung',
] as const
/** One of {@link tagReasons}. */
export type TagReason = (typeof tagReasons)[number]
