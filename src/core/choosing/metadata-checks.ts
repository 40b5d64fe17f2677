import type { Candidate, Objection, TagMetadata } from './candidate.ts'
import type { PolicySpec } from '../policy.ts'
import { needsOf } from './strategies/index.ts'

/** What is known of a candidate's image. `now`: ms since the epoch. */
interface Facts {
  readonly metadata: TagMetadata | undefined
  readonly now: number
}

type Check = (facts: Facts, spec: PolicySpec) => Objection | undefined

const earliestTime = Date.UTC(2000, 0, 1)
/** Clocks of builders and registries differ (ms). */
const forgivenFuture = 3_600_000

const notAnImage: Check = ({ metadata }) =>
  metadata?.artifact === true
    ? { reason: 'NotAnImage', message: 'is no image: its manifest is that of another artifact' }
    : undefined

const noCreationTime: Check = ({ metadata, now }, { strategy }) => {
  if (needsOf(strategy) !== 'createdAt') return undefined
  const message = whyNoTime(metadata?.createdAt, now)
  return message === undefined ? undefined : { reason: 'NoCreationTime', message }
}

/** The order is the contract's: the first objection counts. They are tried after all that can be told by a tag's text. */
const checks: readonly Check[] = [notAnImage, noCreationTime]

/** What there is against a candidate once its metadata is known. */
export function metadataObjection(
  { tag }: Candidate,
  spec: PolicySpec,
  known: { readonly metadata: ReadonlyMap<string, TagMetadata>; readonly now: number },
): Objection | undefined {
  const facts = { metadata: known.metadata.get(tag), now: known.now }
  for (const check of checks) {
    const objection = check(facts, spec)
    if (objection !== undefined) return objection
  }
  return undefined
}

function whyNoTime(time: number | undefined, now: number): string | undefined {
  if (time === undefined || Number.isNaN(time)) return 'has no creation time'
  if (time < earliestTime) return 'has a creation time before 2000, which builders write instead of none'
  return time > now + forgivenFuture ? 'has a creation time in the future' : undefined
}
