import type { Choice, TagMetadata } from '../core/choosing/candidate.ts'
import type { ImageOutcome } from '../core/outcome.ts'
import type { PolicySpec } from '../core/policy.ts'
import { firstSeenStatus } from '../core/choosing/sightings.ts'
import { needsOf } from '../core/choosing/strategies/index.ts'
import { foundDigest } from '../registry/first-look.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { Scans } from '../registry/scans.ts'
import { chooseImage, oneHour, type ChoosingFrom } from './choose-image.ts'
import { doubtAbout } from './doubt.ts'
import type { Run } from './run.ts'
import type { Scanned } from './scan-image.ts'

/** The outcome of choosing, with what is known of tags. */
export interface ResolvedImage {
  readonly image: ImageOutcome
  readonly metadata: ReadonlyMap<string, TagMetadata>
}

const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()

/** Chooses. `desired` is what stands in Applications now: strategy `latest` ranks it by its creation time. */
export async function resolveImage(
  run: Run,
  spec: PolicySpec,
  scanned: Scanned,
  { scans, desired, clock }: ChoosingFrom & { clock: () => number },
): Promise<ResolvedImage> {
  const doubt = doubtAbout(run, scanned, clock)
  if (doubt !== undefined) return { image: { kind: 'doubted', message: doubt }, metadata: nothingKnown }
  const { evaluation, metadata, sightings } = await chooseImage(run, spec, scanned, { scans, desired })
  const told = {
    evaluation,
    ...(sightings === undefined
      ? {}
      : { firstSeen: firstSeenStatus(sightings, { minAge: spec.minAge ?? 0, now: run.now }) }),
  }
  const { choice, waiting } = evaluation
  if (choice === undefined && waiting !== undefined) return { image: { ...told, kind: 'waiting', waiting }, metadata }
  if (choice === undefined) return { image: { ...told, kind: 'noMatch' }, metadata }
  const pinned = await withDigest(run, spec, choice, { scans, access: scanned.access })
  const notes = [evaluation.note, pinned.note].filter((note) => note !== undefined)
  const noted = { ...evaluation, note: notes.length === 0 ? undefined : notes.join('; ') }
  return {
    image: { ...told, kind: 'chosen', choice: pinned.choice, evaluation: noted },
    metadata: withRemembered(run, metadata),
  }
}

// A new choice is pinned by one HEAD; where it points is asked again once an hour. What it points to then is not written
// by itself: the digest that was chosen stays.
async function withDigest(
  run: Run,
  spec: PolicySpec,
  chosen: Choice,
  { scans, access }: { scans: Scans; access: RepositoryAccess },
): Promise<{ choice: Choice; note?: string }> {
  // What a tag points to belongs to the choice where the strategy looks at images; else it may be known by chance.
  const choice = needsOf(spec.strategy) === 'tags' ? { tag: chosen.tag } : chosen
  if (spec.writeBack.digest === 'never' || choice.digest !== undefined) return { choice }
  const before = run.memory.chosen?.tag === choice.tag ? run.memory.chosen.digest : undefined
  const now = await scans.digest(access, choice.tag, { notBefore: run.now - oneHour })
  const digest = foundDigest(spec, choice.tag, before ?? now)
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
