import type { Choice, TagMetadata } from '../core/choosing/candidate.ts'
import { isDecidedByTags, told, type Admitted, type Told } from '../core/choosing/evaluate.ts'
import { missingPlatforms } from '../core/choosing/platform.ts'
import type { PolicySpec } from '../core/policy.ts'
import { seenAtOf, sightingsAfter, sightingsNow, type Sightings } from '../core/choosing/sightings.ts'
import { evaluateAsking, type Asked } from '../registry/evaluate-asking.ts'
import { admittedIn, neededMetadata } from '../registry/first-look.ts'
import type { Scans } from '../registry/scans.ts'
import type { Scanned } from './scan-image.ts'
import type { Run } from './run.ts'

/** An evaluation, and what is to be remembered of it. */
export interface ChosenImage extends Omit<Asked, 'evaluation'> {
  readonly evaluation: Told
  /** When young tags were seen first; undefined without `minAge`. */
  readonly sightings: Sightings | undefined
}

/** What choosing asks, and what stands in the Applications now. */
export interface ChoosingFrom {
  readonly scans: Scans
  /** Undefined: not one of them could be looked at. */
  readonly desired: readonly Choice[] | undefined
}

/** A scan after the filters, and what the strategy objects to by a tag's text. */
type Judged = Scanned & { readonly admitted: Admitted }

/** How long what a tag points to is taken for known, where it has all that is asked for (ms). */
export const oneHour = 3_600_000
/** Of the tags that are asked about at once. */
const mostAskedAgain = 4
const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()

/** Evaluates a scan, unless it was evaluated before and nothing but its tags decides; asks for what must be known of tags, and no more. Throws ReconcileError. */
export async function chooseImage(
  run: Run,
  spec: PolicySpec,
  scanned: Scanned,
  from: ChoosingFrom,
): Promise<ChosenImage> {
  if (!isDecidedByTags(spec)) return await chooseAnew(run, spec, scanned, from)
  const { question, answer } = scanned
  const { evaluated: before } = run.runtime
  if (before?.spec === spec && before.question === question && before.answer === answer)
    return { evaluation: before.evaluation, metadata: nothingKnown, sightings: undefined }
  const chosen = await chooseAnew(run, spec, scanned, from)
  run.runtime.evaluated = { spec, question, answer, evaluation: chosen.evaluation }
  return chosen
}

async function chooseAnew(
  run: Run,
  spec: PolicySpec,
  scanned: Scanned,
  { scans, desired }: ChoosingFrom,
): Promise<ChosenImage> {
  const admitted = admittedIn(spec, scanned)
  const looking = { scans, access: scanned.access, notBefore: run.notBefore }
  const metadata = await neededMetadata(spec, { ...scanned, admitted }, desired ?? [], looking)
  const clock = clockFor(run, spec, { ...scanned, admitted }, desired)
  const asked = await evaluateAsking(
    spec,
    admitted,
    { metadata, seenAt: (known) => seenAtOf(clock(known)), now: run.now },
    (tags) => askAbout(run, spec, scanned, { scans, tags }),
  )
  const { evaluation, metadata: known } = asked
  return { evaluation: told(evaluation), metadata: known, sightings: remembered(run, spec, asked) }
}

/** What has all platforms is asked about once an hour; of what lacks one the first few in each interval, for they may be on their way. */
async function askAbout(
  run: Run,
  { platforms }: PolicySpec,
  { access }: Scanned,
  { scans, tags }: { scans: Scans; tags: readonly string[] },
): Promise<ReadonlyMap<string, TagMetadata>> {
  const question = { platforms, each: true, wanted: 'platforms' } as const
  const sometime = Math.max(run.now - oneHour, run.policy.changedAt)
  const first = await scans.metadata(access, tags, { ...question, notBefore: sometime })
  const lacks = (known: TagMetadata | undefined) =>
    known?.artifact !== true && missingPlatforms(platforms, known?.platforms ?? []).length > 0
  const lacking = tags.filter((tag) => lacks(first.get(tag))).slice(0, mostAskedAgain)
  const again = await scans.metadata(access, lacking, { ...question, notBefore: run.notBefore })
  return new Map([...[...first].filter(([tag]) => !lacking.includes(tag)), ...again])
}

type Clock = (metadata: ReadonlyMap<string, TagMetadata>) => Sightings

const noClock: Clock = () => ({ seen: new Map(), tags: [], digests: new Map() })

/** Tells since when tags are known, and remembers it at once: a question that fails later must not make a new tag newer. */
function clockFor(
  run: Run,
  spec: PolicySpec,
  { admitted, scan }: Judged,
  desired: readonly Choice[] | undefined,
): Clock {
  const { runtime, policy, memory, now } = run
  const process = runtime.sightings?.clockHash === policy.clockHash ? runtime.sightings.sightings : undefined
  runtime.sightings = undefined
  // A first scan is measured by what is desired: before anybody knows that, no clock begins.
  if (spec.minAge === undefined || (desired === undefined && memory.clock === undefined)) return noClock
  return (metadata) => {
    const sightings = sightingsNow(
      spec,
      { admitted, tags: scan?.tags ?? [...metadata.keys()], metadata, now },
      {
        // Without a status the process alone may know of another time, before the policy was changed and changed back.
        process: memory.clock === undefined ? undefined : process,
        firstSeen: memory.clock?.firstSeen,
        chosen: memory.clock?.chosen,
        desired: desired ?? [],
      },
    )
    runtime.sightings = { clockHash: policy.clockHash, sightings }
    return sightings
  }
}

function remembered(
  { runtime, policy, now }: Run,
  { minAge }: PolicySpec,
  { evaluation }: Asked,
): Sightings | undefined {
  if (runtime.sightings === undefined || minAge === undefined) return undefined
  const sightings = sightingsAfter(runtime.sightings.sightings, evaluation, { minAge, now })
  runtime.sightings = { clockHash: policy.clockHash, sightings }
  return sightings
}
