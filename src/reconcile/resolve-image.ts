import { reasons } from '../api/conditions.ts'
import type { Choice, Scan, TagMetadata } from '../core/candidate.ts'
import { candidatesOf, candidatesOfTag, evaluate, type Admitted } from '../core/evaluate.ts'
import type { ImageOutcome } from '../core/outcome.ts'
import type { PolicySpec } from '../core/policy.ts'
import type { Repository } from '../core/reference.ts'
import { needsOf } from '../core/strategies/index.ts'
import { ReconcileError } from '../errors.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { Scans } from '../registry/scans.ts'
import { registryAccess, type AccessSources } from './registry-access.ts'
import type { Run } from './run.ts'

/** What choosing needs of the outside. */
export interface ImageSources extends AccessSources {
  readonly scans: Scans
}

/** What a registry said for a policy: what may be chosen, and creation times where the strategy orders by them. */
export interface Scanned {
  readonly image: Repository
  readonly access: RepositoryAccess
  /** What was asked, and a text that is another when the answer is. */
  readonly question: string
  readonly answer: string
  /** The tags; undefined for strategy `digest`, which asks for one only. */
  readonly scan: Scan | undefined
  readonly admitted: Admitted
  /** Of strategy `digest`: what its tag points to; undefined: there is no such tag. */
  readonly digest: string | undefined
}

/** The outcome of choosing, with what is known of tags. */
export interface ResolvedImage {
  readonly image: ImageOutcome
  readonly metadata: ReadonlyMap<string, TagMetadata>
}

const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()
const oneHour = 3_600_000

/** Asks the registry for what the strategy chooses among, and no more. Throws ReconcileError. */
export async function scanImage(run: Run, spec: PolicySpec, { scans, ...sources }: ImageSources): Promise<Scanned> {
  const access = await registryAccess(run.policy, spec, sources)
  const options = { notBefore: run.notBefore }
  const asked = { image: spec.image, access }
  if (spec.strategy.type === 'digest') {
    const { tag } = spec.strategy
    const digest = await scans.digest(access, tag, options)
    const admitted = candidatesOfTag(spec, tag)
    return { ...asked, question: questionOf(access, tag), answer: digest ?? '', scan: undefined, admitted, digest }
  }
  const scan = await scans.tags(access, options)
  const admitted = candidatesOf(spec, scan)
  return { ...asked, question: questionOf(access, ''), answer: scan.revision, scan, admitted, digest: undefined }
}

function questionOf({ host, repository, credentialId }: RepositoryAccess, tag: string): string {
  return JSON.stringify([host, repository, credentialId, tag])
}

/** Chooses. `desired` are the tags that stand in Applications now: strategy `latest` ranks them by their creation time. */
export async function resolveImage(
  run: Run,
  spec: PolicySpec,
  scanned: Scanned,
  { scans, desired }: { scans: Scans; desired: readonly string[] },
): Promise<ResolvedImage> {
  const metadata = await metadataFor(run, spec, scanned, { scans, desired })
  const evaluation = evaluate(spec, scanned.admitted, { metadata, now: run.now })
  if (evaluation.choice === undefined) return { image: { kind: 'noMatch', evaluation }, metadata }
  const pinned = await withDigest(run, spec, evaluation.choice, { scans, access: scanned.access })
  const notes = [evaluation.note, pinned.note].filter((note) => note !== undefined)
  const told = { ...evaluation, note: notes.length === 0 ? undefined : notes.join('; ') }
  return { image: { kind: 'chosen', choice: pinned.choice, evaluation: told }, metadata: withRemembered(run, metadata) }
}

async function metadataFor(
  run: Run,
  spec: PolicySpec,
  { access, scan, admitted, digest }: Scanned,
  { scans, desired }: { scans: Scans; desired: readonly string[] },
): Promise<ReadonlyMap<string, TagMetadata>> {
  const options = { notBefore: run.notBefore }
  if (spec.strategy.type === 'digest') {
    const { tag } = spec.strategy
    return digest === undefined ? nothingKnown : new Map([[tag, { digest, createdAt: undefined }]])
  }
  if (needsOf(spec.strategy) !== 'createdAt' || scan === undefined) return nothingKnown
  const listed = new Set(scan.tags)
  const tags = new Set(admitted.candidates.map(({ tag }) => tag))
  for (const tag of desired) if (listed.has(tag)) tags.add(tag)
  return await scans.metadata(access, [...tags], options)
}

// A new choice is pinned by one HEAD; where it points is asked again once an hour. What it points to then is not written
// by itself: the digest that was chosen stays (contract "Strategies").
async function withDigest(
  run: Run,
  spec: PolicySpec,
  choice: Choice,
  { scans, access }: { scans: Scans; access: RepositoryAccess },
): Promise<{ choice: Choice; note?: string }> {
  if (spec.writeBack.digest === 'never' || choice.digest !== undefined) return { choice }
  const before = run.memory.chosen?.tag === choice.tag ? run.memory.chosen.digest : undefined
  const now = await scans.digest(access, choice.tag, { notBefore: run.now - oneHour })
  const digest = before ?? now
  if (digest === undefined)
    throw new ReconcileError(
      reasons.scanIncomplete,
      `tag ${choice.tag} of ${spec.image.written} is listed but can't be found`,
    )
  if (now === digest || now === undefined) return { choice: { ...choice, digest } }
  return {
    choice: { ...choice, digest },
    note: `tag ${choice.tag} points to ${now} now; ${digest}, which was chosen, stays`,
  }
}

/** The creation time of the last choice is known though its tag may be gone from the registry. */
function withRemembered(run: Run, metadata: ReadonlyMap<string, TagMetadata>): ReadonlyMap<string, TagMetadata> {
  const { tag, digest, created } = run.memory.chosen ?? {}
  if (tag === undefined || created === undefined || metadata.has(tag)) return metadata
  return new Map([...metadata, [tag, { digest: digest ?? '', createdAt: Date.parse(created) }]])
}
