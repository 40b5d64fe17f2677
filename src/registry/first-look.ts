import { reasons } from '../api/conditions.ts'
import type { Choice, Scan, TagMetadata } from '../core/choosing/candidate.ts'
import { candidatesOf, candidatesOfTag, type Admitted } from '../core/choosing/evaluate.ts'
import { needsOf } from '../core/choosing/strategies/index.ts'
import type { PolicySpec } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { RepositoryAccess } from './repository-access.ts'
import type { Scans } from './scans.ts'

/** What a registry says of what may be chosen. */
export interface FirstLook {
  /** The tags; undefined for strategy `digest`, which asks for one only. */
  readonly scan: Scan | undefined
  /** Of strategy `digest`: what its tag points to; undefined: there is no such tag. */
  readonly digest: string | undefined
}

/** Whom to ask, and how old an answer may be (ms since the epoch). */
export interface Looking {
  readonly scans: Scans
  readonly access: RepositoryAccess
  readonly notBefore: number
}

const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()
const noTags: Scan = { tags: [], revision: '', at: 0 }

/** Asks for what the strategy chooses among, and no more. Throws ReconcileError. */
export async function firstLook({ strategy }: PolicySpec, { scans, access, notBefore }: Looking): Promise<FirstLook> {
  if (strategy.type === 'digest')
    return { scan: undefined, digest: await scans.digest(access, strategy.tag, { notBefore }) }
  return { scan: await scans.tags(access, { notBefore }), digest: undefined }
}

/** What of it passes the filters. */
export function admittedIn(spec: PolicySpec, { scan }: Pick<FirstLook, 'scan'>): Admitted {
  if (spec.strategy.type === 'digest') return candidatesOfTag(spec, spec.strategy.tag)
  return candidatesOf(spec, scan ?? noTags)
}

/** What the strategy has to know of tags before it can choose: of those that passed the filters, and of those that are `desired` now. Throws ReconcileError. */
export async function neededMetadata(
  spec: PolicySpec,
  { scan, digest, admitted }: FirstLook & { readonly admitted: Admitted },
  desired: readonly Choice[],
  { scans, access, notBefore }: Looking,
): Promise<ReadonlyMap<string, TagMetadata>> {
  const { strategy, platforms } = spec
  const question = { notBefore, platforms }
  if (strategy.type === 'digest') {
    if (digest === undefined) return nothingKnown
    if (platforms.length > 0)
      return await scans.metadata(access, [strategy.tag], { ...question, each: true, wanted: 'platforms' })
    return new Map([[strategy.tag, { digest, createdAt: undefined }]])
  }
  if (needsOf(strategy) !== 'createdAt' || scan === undefined) return nothingKnown
  const listed = new Set(scan.tags)
  const tags = new Set(admitted.candidates.map(({ tag }) => tag))
  for (const { tag } of desired) if (listed.has(tag)) tags.add(tag)
  return await scans.metadata(access, [...tags], question)
}

/** The digest of a chosen tag, where it is to be written. Throws ReconcileError: a tag that is listed and can't be found is chosen by nobody. */
export function foundDigest({ image }: PolicySpec, tag: string, digest: string | undefined): string {
  if (digest !== undefined) return digest
  throw new ReconcileError(reasons.scanIncomplete, `tag ${tag} of ${image.written} is listed but can't be found`)
}
