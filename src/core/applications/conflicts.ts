import { policyKey, type PolicyIdentity, type PolicyKey } from '../policy.ts'
import { gitRepositoryKey } from '../git/git-url.ts'
import type { Repository } from '../reference.ts'
import type { Application } from './application.ts'

/** What only one policy may write: see {@link applicationClaims} and {@link fileClaims}. */
export type ClaimKey = string

/**
 * The claims of a policy of method `argocd` on names (parameters or images) in one source of an Application; and those of
 * one whose file only a look tells, which are apart for each push branch.
 */
export function applicationClaims(
  application: { readonly namespace: string; readonly name: string },
  index: number,
  names: readonly string[],
  pushBranch?: string,
): readonly ClaimKey[] {
  const { namespace, name: owner } = application
  const branch = pushBranch === undefined ? [] : [pushBranch]
  return names.map((name) => JSON.stringify(['application', namespace, owner, index, ...branch, name]))
}

/** The claims of a policy of method `git` on names in a file, whichever Applications link to it. */
export function fileClaims(
  at: { readonly repository: string; readonly branch: string; readonly path: string },
  names: readonly string[],
): readonly ClaimKey[] {
  const repository = gitRepositoryKey(at.repository)
  return names.map((name) => JSON.stringify(['file', repository, at.branch, at.path, name]))
}

/**
 * What policies may both write that look for an image in files of a repository's branch: each place of it belongs to one
 * of them, but only a look tells which.
 */
export function imageClaims(
  at: { readonly repository: string; readonly branch: string },
  image: Pick<Repository, 'registry' | 'repository'>,
): readonly ClaimKey[] {
  const { registry, repository } = image
  return [JSON.stringify(['image', gitRepositoryKey(at.repository), at.branch, registry, repository])]
}

/** Whether an Application changed in anything that claims depend on: not if only values did, of which many may change at once. */
export function mayChangeClaims({
  before,
  after,
}: {
  readonly before: Application | undefined
  readonly after: Application | undefined
}): boolean {
  if (before === undefined || after === undefined) return true
  return JSON.stringify(claimed(before)) !== JSON.stringify(claimed(after))
}

function claimed(application: Application): unknown {
  const { uid, labels, annotations, project, destinationNamespace, multiple, hydrated, sourceTypes } = application
  const shapes = application.sources.map(({ helm, kustomize, ...source }) => {
    const { valueFiles, fileParameters } = helm ?? {}
    return [source, helm === undefined, kustomize === undefined, valueFiles, fileParameters]
  })
  return [uid, labels, annotations, project, destinationNamespace, shapes, multiple, hydrated, sourceTypes]
}

/** The name (parameter or image) that a claim is about. */
export function claimedName(key: ClaimKey): string {
  const parts: unknown = JSON.parse(key)
  const name: unknown = Array.isArray(parts) ? parts.at(-1) : undefined
  return typeof name === 'string' ? name : key
}

/** Another policy that writes a key, and is older. */
export interface Rival {
  readonly policy: PolicyIdentity
  readonly key: ClaimKey
}

/** Which policies claim which keys, kept up to date policy by policy: judging one costs as much as its own keys. */
export class Claims {
  readonly #byPolicy = new Map<PolicyKey, { readonly policy: PolicyIdentity; readonly keys: ReadonlySet<ClaimKey> }>()
  readonly #byKey = new Map<ClaimKey, Map<PolicyKey, PolicyIdentity>>()

  /** Replaces what a policy claims. Gives the policies whose judgement may have changed by it: those that share a key that came or went. */
  set(policy: PolicyIdentity, keys: Iterable<ClaimKey>): readonly PolicyKey[] {
    const name = policyKey(policy)
    const before = this.#byPolicy.get(name)
    const after = new Set(keys)
    const isSame = before !== undefined && compareAge(before.policy, policy) === 0
    const gone = [...(before?.keys ?? [])].filter((key) => !after.has(key))
    const come = [...after].filter((key) => !isSame || !before.keys.has(key))
    const concerned = new Set<PolicyKey>()
    for (const key of gone) this.#release(key, name, concerned)
    for (const key of come) this.#claim(key, policy, concerned)
    if (after.size === 0) this.#byPolicy.delete(name)
    else this.#byPolicy.set(name, { policy, keys: after })
    return [...concerned]
  }

  /** Takes away all that a policy claims; gives the policies that this may concern. */
  delete(name: PolicyKey): readonly PolicyKey[] {
    const before = this.#byPolicy.get(name)
    return before === undefined ? [] : this.set(before.policy, [])
  }

  /** The oldest policy that claims one of these keys and is older than this one; undefined: the keys are this one's to write. */
  rivalOf(policy: PolicyIdentity, keys: Iterable<ClaimKey>): Rival | undefined {
    let found: Rival | undefined
    for (const key of keys) {
      for (const other of this.#byKey.get(key)?.values() ?? []) {
        const isFirst = compareAge(other, found?.policy ?? policy) < 0
        if (isFirst && policyKey(other) !== policyKey(policy)) found = { policy: other, key }
      }
    }
    return found
  }

  /** The policies that claim one of these keys and are older than this one. */
  olderThan(policy: PolicyIdentity, keys: Iterable<ClaimKey>): readonly PolicyKey[] {
    const holders = [...keys].flatMap((key) => [...(this.#byKey.get(key) ?? [])])
    return [...new Set(holders.filter(([, other]) => compareAge(other, policy) < 0).map(([key]) => key))]
  }

  #claim(key: ClaimKey, policy: PolicyIdentity, concerned: Set<PolicyKey>): void {
    const holders = this.#byKey.get(key) ?? new Map<PolicyKey, PolicyIdentity>()
    for (const holder of holders.keys()) if (holder !== policyKey(policy)) concerned.add(holder)
    this.#byKey.set(key, holders.set(policyKey(policy), policy))
  }

  #release(key: ClaimKey, name: PolicyKey, concerned: Set<PolicyKey>): void {
    const holders = this.#byKey.get(key)
    if (holders === undefined) return
    holders.delete(name)
    for (const holder of holders.keys()) concerned.add(holder)
    if (holders.size === 0) this.#byKey.delete(key)
  }
}

/** Says which older policy writes what this one would write. */
export function conflictMessage({ policy, key }: Rival): string {
  return `ImageUpdatePolicy ${policyKey(policy)} is older and writes ${claimedName(key)} here; take the Application out of one of the two, or let them write different keys`
}

/** The older policy first: by creationTimestamp, then namespace/name. */
function compareAge(a: PolicyIdentity, b: PolicyIdentity): number {
  const [first, second] = [ageKey(a), ageKey(b)]
  return first < second ? -1 : Number(first > second)
}

// Kubernetes writes these times in UTC and to the second, so that their texts sort as they do.
function ageKey(policy: PolicyIdentity): string {
  return `${policy.creationTimestamp} ${policyKey(policy)}`
}
