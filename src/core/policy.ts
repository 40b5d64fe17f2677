import type { DigestMode, GitTargetName } from '../api/v1alpha1.ts'
import type { Glob } from './text/glob.ts'
import type { LabelSelector } from './applications/label-selector.ts'
import type { ApplicationTemplate } from './git/application-template.ts'
import type { Platform } from './choosing/platform.ts'
import type { Repository } from './reference.ts'
import type { TagPattern } from './choosing/tag-pattern.ts'
import type { Template } from './git/template.ts'
import type { VersionRange } from './choosing/version-range.ts'

/** What a strategy needs to know from the spec; everything is compiled, nothing can fail any more. */
export type StrategySpec =
  | { readonly type: 'semver'; readonly range: VersionRange | undefined; readonly prereleases: boolean }
  | { readonly type: 'latest' }
  | { readonly type: 'digest'; readonly tag: string }
  | { readonly type: 'name' }
  | { readonly type: 'numerical' }

/** The filters over tags, compiled. */
export interface TagFilterSpec {
  readonly ignoreTags: readonly Glob[]
  readonly allowTags: TagPattern | undefined
  readonly extract: TagPattern | undefined
}

/** One entry of `spec.applications`, compiled; a source is told by index (from 0) or by its `name` or `ref`. */
export interface ApplicationEntry {
  readonly name: Glob | undefined
  readonly selector: LabelSelector | undefined
  readonly namespace: Glob | undefined
  readonly source: { readonly index: number } | { readonly name: string } | undefined
}

/** One image place of a Helm chart: parameter names as Helm's `--set` spells them. */
export interface HelmPlace {
  readonly name?: string
  readonly tag?: string
  readonly registry?: string
  readonly digest?: string
  readonly spec?: string
}

/** Where a commit goes and how it is made. */
export interface GitWriteBack {
  readonly repository: string | undefined
  readonly branch: string | undefined
  /** The branch that commits go to instead, to be merged by somebody; undefined: `branch` itself. */
  readonly pushBranch: ApplicationTemplate | undefined
  readonly target: GitTargetName
  /** Of the file (or folder) to write to; undefined: the target's own. */
  readonly path: ApplicationTemplate | undefined
  /** A key that is missing is created instead of refused. */
  readonly createKeys: boolean
  readonly secretName: string | undefined
  readonly commit: CommitSpec
}

/** How commits are made. */
export interface CommitSpec {
  readonly message: Template | undefined
  /** What shares a commit. */
  readonly per: 'lane' | 'policy' | 'application'
  readonly author: CommitAuthor | undefined
  readonly signOff: boolean
  readonly signingSecretName: string | undefined
}

/** Who makes a commit. */
export interface CommitAuthor {
  readonly name: string
  readonly email: string
}

/** Where and how the choice is written. `git` is there exactly when the method is `git`. */
export interface WriteBackSpec {
  readonly method: 'argocd' | 'git'
  readonly helm: readonly HelmPlace[]
  /** The image name as it stands in the Kustomize base; undefined: `image` as written. */
  readonly kustomizeName: string | undefined
  readonly digest: DigestMode
  readonly refresh: boolean
  readonly git: GitWriteBack | undefined
}

/** A cloud whose identities are exchanged for logins. */
export type CloudProviderName = 'aws' | 'gcp' | 'azure'

/** How the registry is reached; the objects are in the policy's namespace. */
export interface RegistrySpec {
  readonly secretName: string | undefined
  readonly serviceAccountName: string | undefined
  readonly certSecretName: string | undefined
  /** Undefined: `generic`. */
  readonly provider: CloudProviderName | undefined
  readonly insecure: boolean
}

/** A spec that has been parsed: defaults applied, patterns compiled, rules checked. */
export interface PolicySpec {
  readonly image: Repository
  readonly strategy: StrategySpec
  readonly filters: TagFilterSpec
  /** The image must exist for all of them; none: for any. */
  readonly platforms: readonly Platform[]
  /** How long a tag must have been known (ms); undefined: not at all. */
  readonly minAge: number | undefined
  readonly allowDowngrade: boolean
  readonly applications: readonly ApplicationEntry[]
  readonly writeBack: WriteBackSpec
  readonly registry: RegistrySpec
  readonly whenReverted: 'hold' | 'overwrite'
  /** Milliseconds; undefined: the operator's `--interval`. */
  readonly interval: number | undefined
  readonly suspend: boolean
}

/** Namespace and name, as `namespace/name`. */
export type PolicyKey = string

/** How a policy is named. */
export function policyKey({ namespace, name }: Pick<PolicyIdentity, 'namespace' | 'name'>): PolicyKey {
  return `${namespace}/${name}`
}

/** What identifies a policy and orders it among others. */
export interface PolicyIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** RFC 3339; the older policy wins a conflict. */
  readonly creationTimestamp: string
  readonly generation: number
}
