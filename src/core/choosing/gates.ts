import type { Gate } from '../../api/v1alpha1.ts'
import type { Objection, TagMetadata } from './candidate.ts'
import { missingPlatforms } from './platform.ts'
import type { PolicySpec } from '../policy.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import type { Contender } from './strategies/strategy.ts'

/** When tags were first seen (ms since the epoch); a tag that is not in it is old. */
export type SeenAt = ReadonlyMap<string, number>

/** What holds a tag back for now. `until` (ms since the epoch): when it opens by itself. */
export interface Hold extends Objection {
  readonly gate: Extract<Gate, 'MinAge' | 'Platforms'>
  readonly until?: number
}

/** What is known when a tag is judged; `now` in ms since the epoch. */
export interface GateFacts {
  readonly metadata: ReadonlyMap<string, TagMetadata>
  readonly seenAt: SeenAt
  readonly now: number
}

type Check = (contender: Contender, spec: PolicySpec, facts: GateFacts) => Hold | undefined

/** Where nobody has told, nothing can be said; an image that tells no platform itself is for none of those that are wanted. */
const platformMissing: Check = ({ tag }, { platforms }, { metadata }) => {
  const missing = missingPlatforms(platforms, metadata.get(tag)?.platforms ?? platforms)
  if (missing.length === 0) return undefined
  return { gate: 'Platforms', reason: 'PlatformMissing', message: `has no image for ${missing.join(', ')}` }
}

const tooYoung: Check = ({ tag }, { minAge }, { seenAt, now }) => {
  const seen = seenAt.get(tag)
  if (minAge === undefined || seen === undefined || now - seen >= minAge) return undefined
  const until = Math.ceil((seen + minAge) / 1000) * 1000
  const message = `has been known for less than minAge: it may be chosen from ${rfc3339(until)} on`
  return { gate: 'MinAge', reason: 'TooYoung', message, until }
}

/** In the order of docs/reasons.md, "Tags that are left out": the first is the reason against the tag. */
const checks: readonly Check[] = [platformMissing, tooYoung]

/** Whether a policy holds tags back that would be chosen otherwise. */
export function hasGates({ platforms, minAge }: PolicySpec): boolean {
  return platforms.length > 0 || minAge !== undefined
}

/** Everything that holds a tag back. */
export function holdsOn(contender: Contender, spec: PolicySpec, facts: GateFacts): readonly Hold[] {
  return checks.flatMap((check) => check(contender, spec, facts) ?? [])
}
