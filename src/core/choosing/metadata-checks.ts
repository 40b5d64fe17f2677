import type { Objection, TagMetadata } from './candidate.ts'
import type { PolicySpec } from '../policy.ts'
import { needsOf } from './strategies/index.ts'

/** `metadata` is what is known of a candidate's image, `now` in ms since the epoch. */
type Check = (metadata: TagMetadata | undefined, spec: PolicySpec, now: number) => Objection | undefined

const earliestTime = Date.UTC(2000, 0, 1)
/** Clocks of builders and registries differ (ms). */
const forgivenFuture = 3_600_000

const artifact: Objection = { reason: 'NotAnImage', message: 'is no image: its manifest is that of another artifact' }

const notAnImage: Check = (metadata) => (metadata?.artifact === true ? artifact : undefined)

const noCreationTime: Check = (metadata, { strategy }, now) => {
  if (needsOf(strategy) !== 'createdAt') return undefined
  const message = whyNoTime(metadata?.createdAt, now)
  return message === undefined ? undefined : { reason: 'NoCreationTime', message }
}

/**
 * What there is against a candidate by what is known of its image. The first objection counts, in the order of docs/reasons.md, "Tags that
 * are left out". It is asked for after all that can be told by a tag's text.
 */
export const metadataObjection: Check = (metadata, spec, now) =>
  notAnImage(metadata, spec, now) ?? noCreationTime(metadata, spec, now)

function whyNoTime(time: number | undefined, now: number): string | undefined {
  if (time === undefined || Number.isNaN(time)) return 'has no creation time'
  if (time < earliestTime) return 'has a creation time before 2000, which builders write instead of none'
  return time > now + forgivenFuture ? 'has a creation time in the future' : undefined
}
