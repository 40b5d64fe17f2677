import type { FirstSeenStatus, ImageStatus } from '../../api/v1alpha1.ts'
import { dated, type Choice, type TagMetadata } from './candidate.ts'
import type { Admitted, Evaluation } from './evaluate.ts'
import type { SeenAt } from './gates.ts'
import type { PolicySpec } from '../policy.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import { ranks } from './strategies/index.ts'

/** When a tag was first seen (ms since the epoch, whole seconds), and what it pointed to then where that is known. */
export interface Sighting {
  readonly time: number
  readonly digest: string | undefined
}

/** What a process knows of the tags that it saw the last time: `seen` has those that are not old, `digests` what was told of any. */
export interface Sightings {
  readonly seen: ReadonlyMap<string, Sighting>
  readonly tags: readonly string[]
  readonly digests: ReadonlyMap<string, string>
}

/** What is there now. */
export interface SeenNow {
  readonly admitted: Admitted
  readonly tags: readonly string[]
  readonly metadata: ReadonlyMap<string, TagMetadata>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What is known from before: by this process, or else by the status. */
export interface SeenBefore {
  readonly process: Sightings | undefined
  /** Undefined: this is the first scan for such an image, strategy and filters. */
  readonly firstSeen: readonly FirstSeenStatus[] | undefined
  /** What was chosen last. */
  readonly chosen: ImageStatus | undefined
  /** What the Applications desire. */
  readonly desired: readonly Choice[]
}

type IsNew = (tag: string, digest: string | undefined) => boolean

/** The most that the status keeps; the rest counts as young after a restart. */
const mostKept = 200

/**
 * The clock of `minAge` (docs/adr/0007-first-seen-clock.md). Whoever has seen the tags before knows which are new; after a restart those are that rank
 * above the last choice and are not in the status; at a first scan those that rank above all that is desired, and none where nothing is.
 * A tag that points elsewhere now begins anew.
 */
export function sightingsNow(spec: PolicySpec, now: SeenNow, before: SeenBefore): Sightings {
  const { admitted, tags, metadata } = now
  const known = before.process?.seen ?? fromStatus(before.firstSeen ?? [])
  const isNew = before.process === undefined ? aboveReference(spec, now, before) : unlike(before.process, now, before)
  const seen = new Map<string, Sighting>()
  for (const { tag } of admitted.candidates) {
    const digest = digestIn(metadata, tag)
    const sighting = known.get(tag)
    if (sighting !== undefined && !isOther(sighting.digest, digest))
      seen.set(tag, { ...sighting, digest: digest ?? sighting.digest })
    else if (sighting !== undefined || isNew(tag, digest)) seen.set(tag, { time: wholeSecond(now.now), digest })
  }
  return { seen, tags, digests: digestsAfter(now, before.process) }
}

/** What is worth knowing for the next time: who is young, and who waits above the choice for something else than age. */
export function sightingsAfter(
  sightings: Sightings,
  { rejected }: Evaluation,
  at: { minAge: number; now: number },
): Sightings {
  const waiting = new Set(rejected.flatMap(({ tag, reason }) => (reason === 'PlatformMissing' ? tag : [])))
  const seen = [...sightings.seen].filter(([tag, sighting]) => isYoung(sighting, at) || waiting.has(tag))
  return { ...sightings, seen: new Map(seen) }
}

/** The times alone. */
export function seenAtOf({ seen }: Sightings): SeenAt {
  return new Map([...seen].map(([tag, { time }]) => [tag, time]))
}

/** For the status: the young, the longest known first; where there is room, those that wait for something else. */
export function firstSeenStatus({ seen }: Sightings, at: { minAge: number; now: number }): readonly FirstSeenStatus[] {
  const byAge = [...seen].toSorted(
    ([a, { time: timeOfA }], [b, { time: timeOfB }]) => timeOfA - timeOfB || (a < b ? -1 : 1),
  )
  const isFirst = ([, sighting]: (typeof byAge)[number]) => isYoung(sighting, at)
  return [...byAge.filter(isFirst), ...byAge.filter((each) => !isFirst(each))]
    .slice(0, mostKept)
    .map(([tag, { time, digest }]) => ({ tag, ...(digest === undefined ? {} : { digest }), time: rfc3339(time) }))
}

function isYoung({ time }: Sighting, { minAge, now }: { minAge: number; now: number }): boolean {
  return now - time < minAge
}

/** What was told of a tag is known until something else is told, or the tag is gone. */
function digestsAfter({ tags, metadata }: SeenNow, before: Sightings | undefined): ReadonlyMap<string, string> {
  const listed = before?.tags === tags ? undefined : new Set(tags)
  const digests = new Map([...(before?.digests ?? [])].filter(([tag]) => listed?.has(tag) !== false))
  for (const [tag, { digest }] of metadata) if (digest !== '') digests.set(tag, digest)
  return digests
}

function fromStatus(firstSeen: readonly FirstSeenStatus[]): ReadonlyMap<string, Sighting> {
  return new Map(firstSeen.map(({ tag, digest, time }) => [tag, { time: Date.parse(time), digest }]))
}

/** What this process has not seen, or not so. What stands there or was chosen last is no news, though a scan may have missed it. */
function unlike(process: Sightings, { tags }: SeenNow, { chosen, desired }: SeenBefore): IsNew {
  const listed = process.tags === tags ? undefined : new Set(process.tags)
  const references = [...desired, choiceOf(chosen)].filter((choice) => choice !== undefined)
  const isKnown = (tag: string, digest: string | undefined) =>
    references.some((reference) => reference.tag === tag && !isOther(reference.digest, digest))
  return (tag, digest) =>
    isOther(process.digests.get(tag), digest) || (listed?.has(tag) === false && !isKnown(tag, digest))
}

function aboveReference(spec: PolicySpec, { metadata }: SeenNow, { firstSeen, chosen, desired }: SeenBefore): IsNew {
  const last = firstSeen === undefined ? undefined : choiceOf(chosen)
  const references = last === undefined ? desired.map((choice) => dated(choice, metadata)) : [last]
  return (tag, digest) => {
    const choice = dated({ tag, ...(digest === undefined ? {} : { digest }) }, metadata)
    const above = references.flatMap((reference) => isAbove(spec, choice, reference) ?? [])
    // Without anything to measure by, what is there at the first scan has been there.
    return above.length === 0 ? firstSeen !== undefined : above.every(Boolean)
  }
}

/** Undefined: it can't be told. Of strategy `digest` nothing is above or below: another digest is new. */
function isAbove(spec: PolicySpec, choice: Choice, reference: Choice): boolean | undefined {
  if (spec.strategy.type === 'digest')
    return reference.digest === undefined ? undefined : isOther(reference.digest, choice.digest)
  const rank = ranks(spec, choice, reference)
  return rank === undefined ? undefined : rank > 0
}

function choiceOf(image: ImageStatus | undefined): Choice | undefined {
  if (image?.tag === undefined) return undefined
  const { tag, digest, created } = image
  return {
    tag,
    ...(digest === undefined ? {} : { digest }),
    ...(created === undefined ? {} : { createdAt: Date.parse(created) }),
  }
}

function digestIn(metadata: ReadonlyMap<string, TagMetadata>, tag: string): string | undefined {
  const digest = metadata.get(tag)?.digest
  return digest === '' ? undefined : digest
}

function isOther(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now
}

/** Rounded up, as it is after a restart: no tag comes of age too early. */
function wholeSecond(time: number): number {
  return Math.ceil(time / 1000) * 1000
}
