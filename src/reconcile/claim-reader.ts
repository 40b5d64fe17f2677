import { reasons } from '../api/conditions.ts'
import type { ClaimKey } from '../core/applications/conflicts.ts'
import type { PolicyKey } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { LinkedTarget, Place, WriteBackMethod } from '../writeback/place.ts'
import { caught } from './caught.ts'
import type { KnownPolicies } from './known-policies.ts'
import type { Link, Linker } from './linker.ts'

/** What reading claims needs. */
export interface ClaimSources {
  readonly policies: KnownPolicies
  readonly linker: Linker
  readonly methods: Readonly<Record<'argocd' | 'git', WriteBackMethod>>
}

/** Reads what policies link, and what they claim there: see {@link WriteBackMethod}. */
export interface ClaimReader {
  /** Throws a ReconcileError while Applications are not known. */
  readonly linksOf: (key: PolicyKey) => readonly Link[]
  readonly keysOf: (link: Link) => readonly ClaimKey[]
  readonly aliasesOf: (link: Link) => readonly ClaimKey[]
  readonly possibleOf: (link: Link) => readonly ClaimKey[]
  /** What a look finds to be written; undefined: nobody can look. */
  readonly lookAt: (link: Link) => Promise<readonly ClaimKey[] | undefined>
}

/** Makes the reader. */
export function createClaimReader({ policies, linker, methods }: ClaimSources): ClaimReader {
  type Read = (method: WriteBackMethod, target: LinkedTarget) => readonly ClaimKey[]
  const reading =
    (read: Read) =>
    ({ target }: Link) =>
      target instanceof ReconcileError ? [] : read(methods[target.spec.writeBack.method], target)
  return {
    linksOf: (key) => {
      const policy = policies.get(key)
      if (policy === undefined || !policy.parsed.ok) return []
      return linker.linksOf(policy, policy.parsed.spec, policy.stored.status ?? {}).links
    },
    keysOf: reading((method, target) => method.claims(target)),
    aliasesOf: reading((method, target) => method.aliases(target)),
    possibleOf: reading((method, target) => method.possible(target)),
    lookAt: async ({ target }) => {
      if (target instanceof ReconcileError) return undefined
      return claimsSeen(await caught(methods[target.spec.writeBack.method].observe(target, { notBefore: 0 })))
    },
  }
}

/** What a look has found to be written: nothing where the image stands no more; undefined: nobody could see. */
export function claimsSeen(place: Place | ReconcileError): readonly ClaimKey[] | undefined {
  if (!(place instanceof ReconcileError)) return place.claims
  return place.reason === reasons.targetNotFound ? [] : undefined
}
