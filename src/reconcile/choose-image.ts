import type { Choice, TagMetadata } from '../core/candidate.ts'
import type { Evaluation } from '../core/evaluate.ts'
import { missingPlatforms } from '../core/platform.ts'
import type { PolicySpec } from '../core/policy.ts'
import { seenAtOf, sightingsAfter, sightingsNow, type Sightings } from '../core/sightings.ts'
import { needsOf } from '../core/strategies/index.ts'
import { evaluateAsking, type Asked } from '../registry/evaluate-asking.ts'
import type { Scans } from '../registry/scans.ts'
import type { Scanned } from './scan-image.ts'
import type { Run } from './run.ts'

/** An evaluation, and what is to be remembered of it. */
export interface ChosenImage extends Asked {
  /** When young tags were seen first; undefined without `minAge`. */
  readonly sightings: Sightings | undefined
}

/** What choosing asks, and what stands in the Applications now. */
export interface ChoosingFrom {
  readonly scans: Scans
  /** Undefined: not one of them could be looked at. */
  readonly desired: readonly Choice[] | undefined
}

const oneHour = 3_600_000
const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()

/** Evaluates a scan, and asks for what the strategy and the constraints need to know of tags; no more. Throws ReconcileError. */
export async function chooseImage(
  run: Run,
  spec: PolicySpec,
  scanned: Scanned,
  { scans, desired }: ChoosingFrom,
): Promise<ChosenImage> {
  const metadata = await metadataFor(run, spec, scanned, { scans, desired })
  const sightings = sightingsFor(run, spec, scanned, { metadata, desired })
  const known = { now: run.now, metadata, ...(sightings === undefined ? {} : { seenAt: seenAtOf(sightings) }) }
  const asked = await evaluateAsking(spec, scanned.admitted, known, (tags) =>
    askAbout(run, spec, scanned, { scans, tags }),
  )
  return { ...asked, sightings: remembered(run, spec, { sightings, evaluation: asked.evaluation }) }
}

async function metadataFor(
  run: Run,
  spec: PolicySpec,
  { access, scan, admitted, digest }: Scanned,
  { scans, desired }: ChoosingFrom,
): Promise<ReadonlyMap<string, TagMetadata>> {
  const { strategy, platforms } = spec
  const question = { notBefore: run.notBefore, platforms }
  if (strategy.type === 'digest') {
    if (digest === undefined) return nothingKnown
    if (platforms.length > 0) return await scans.metadata(access, [strategy.tag], { ...question, each: true })
    return new Map([[strategy.tag, { digest, createdAt: undefined }]])
  }
  if (needsOf(strategy) !== 'createdAt' || scan === undefined) return nothingKnown
  const listed = new Set(scan.tags)
  const tags = new Set(admitted.candidates.map(({ tag }) => tag))
  for (const { tag } of desired ?? []) if (listed.has(tag)) tags.add(tag)
  return await scans.metadata(access, [...tags], question)
}

/** What has all platforms is asked about once an hour; what lacks one, in each interval, for it may be on its way. */
async function askAbout(
  run: Run,
  { platforms }: PolicySpec,
  { access }: Scanned,
  { scans, tags }: { scans: Scans; tags: readonly string[] },
): Promise<ReadonlyMap<string, TagMetadata>> {
  const sometime = Math.max(run.now - oneHour, run.policy.changedAt)
  const first = await scans.metadata(access, tags, { notBefore: sometime, platforms, each: true })
  const lacking = tags.filter((tag) => missingPlatforms(platforms, first.get(tag)?.platforms ?? []).length > 0)
  const again = await scans.metadata(access, lacking, { notBefore: run.notBefore, platforms, each: true })
  return new Map([...[...first].filter(([tag]) => !lacking.includes(tag)), ...again])
}

function sightingsFor(
  run: Run,
  spec: PolicySpec,
  { admitted, scan }: Scanned,
  { metadata, desired }: { metadata: ReadonlyMap<string, TagMetadata>; desired: readonly Choice[] | undefined },
): Sightings | undefined {
  if (spec.minAge === undefined) return undefined
  const { runtime, policy, memory } = run
  const before = runtime.sightings?.clockHash === policy.clockHash ? runtime.sightings.sightings : undefined
  // A first scan is measured by what is desired: before anybody knows that, no clock begins.
  if (desired === undefined && before === undefined && memory.firstSeen === undefined) return undefined
  const ranked = (desired ?? []).map((choice) => ({ ...choice, ...timeOf(metadata.get(choice.tag)) }))
  return sightingsNow(
    spec,
    { admitted, tags: scan?.tags ?? [...metadata.keys()], metadata, now: run.now },
    { process: before, firstSeen: memory.firstSeen, chosen: memory.chosen, desired: ranked },
  )
}

function remembered(
  { runtime, policy, now }: Run,
  { minAge }: PolicySpec,
  { sightings, evaluation }: { sightings: Sightings | undefined; evaluation: Evaluation },
): Sightings | undefined {
  if (sightings === undefined || minAge === undefined) return undefined
  const after = sightingsAfter(sightings, evaluation, { minAge, now })
  runtime.sightings = { clockHash: policy.clockHash, sightings: after }
  return after
}

function timeOf(metadata: TagMetadata | undefined): Pick<Choice, 'createdAt'> {
  return metadata?.createdAt === undefined ? {} : { createdAt: metadata.createdAt }
}
