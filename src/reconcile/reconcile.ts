import { reasons } from '../api/conditions.ts'
import type { ImageOutcome, Outcome } from '../core/outcome.ts'
import { choiceIn } from '../core/image-value.ts'
import type { PolicyKey, PolicySpec } from '../core/policy.ts'
import type { Requeue } from '../core/requeue.ts'
import type { Choice } from '../core/choosing/candidate.ts'
import type { Desired } from '../core/targets/desired.ts'
import { onChange, ReconcileError } from '../errors.ts'
import { caught } from './caught.ts'
import type { KnownPolicies } from './known-policies.ts'
import type { Linker } from './linker.ts'
import type { News } from './news.ts'
import type { Ownership } from './ownership.ts'
import { createPatience, Ended, type Patience } from './patience.ts'
import type { Place as QueuePlace } from './queue.ts'
import type { Reporter } from './report.ts'
import { resolveImage, type ResolvedImage } from './resolve-image.ts'
import { scanImage, type ImageSources, type Scanned } from './scan-image.ts'
import type { Run } from './run.ts'
import type { Looked } from './judge.ts'
import { look, settle, type LinkDeps } from './settle.ts'

/** Everything a reconcile uses. */
export interface Deps extends ImageSources, LinkDeps {
  readonly policies: KnownPolicies
  readonly linker: Linker
  readonly ownership: Ownership
  readonly news: News
  readonly begin: (policy: NonNullable<ReturnType<KnownPolicies['get']>>) => Run
  readonly report: Reporter
  /** How long a run reads at most (ms). */
  readonly longestReading: number
}

/** Fetches a policy, observes, decides, writes back and reports, unless the operator ends before there is anything to write. Never rejects: what goes wrong is an outcome. */
export async function reconcile(key: PolicyKey, place: QueuePlace, deps: Deps): Promise<Requeue> {
  const policy = deps.policies.get(key)
  if (policy === undefined) return { kind: 'onChange' }
  const run = deps.begin(policy)
  const ended = await attempt(run, place, deps).catch(failed)
  return ended === undefined ? { kind: 'onChange' } : await deps.report(run, ended.outcome, ended.lookAgainIn)
}

/** How a run ended, and in how many ms something is to be looked at again. */
interface Done {
  readonly outcome: Outcome
  readonly lookAgainIn: readonly number[]
}

async function attempt(run: Run, place: QueuePlace, deps: Deps): Promise<Done> {
  const spec = parsedSpec(run)
  const { links, error: linkError } = deps.linker.linksOf(run.policy, spec, run.previous)
  const patience = createPatience({ longest: deps.longestReading, ending: place.ending })
  const [scan, looked] = await Promise.all([
    spec.suspend ? undefined : caught(patience.wait(scanAndTell(run, spec, deps), () => lateImage(spec))),
    Promise.all(links.map((link) => lookPatiently(link, patience, look(run, spec, link, deps)))),
  ])
  const { image, metadata } = await resolved(run, spec, { scanned: scan, looked, deps, patience })
  const choice = image.kind === 'chosen' ? image.choice : undefined
  const opensIn = openingOf(image, run.now)
  const conflictAt = (one: Looked) => deps.ownership.conflictAt(run.policy.stored.identity, one)
  const { applications, lookAgainIn } = await settle(run, { spec, choice, metadata, conflictAt }, looked, {
    place,
    deps,
  })
  return { outcome: { kind: 'ran', image, linkError, applications }, lookAgainIn: [...lookAgainIn, ...opensIn] }
}

async function lookPatiently(link: Looked['link'], { wait }: Patience, looking: Promise<Looked>): Promise<Looked> {
  const looked = await caught(wait(looking, () => new ReconcileError(reasons.gitUnavailable, lateGit)))
  return looked instanceof ReconcileError ? { link, place: looked } : looked
}

const lateGit = 'the git server has not let us read to the end; it is tried again'

function lateImage({ image }: PolicySpec): ReconcileError {
  const message = `reading ${image.written} takes too long; the choice stays, and it is tried again`
  return new ReconcileError(reasons.scanIncomplete, message)
}

/** In how many ms a tag that waits may be chosen. */
function openingOf(image: ImageOutcome, now: number): readonly number[] {
  const nextAt = 'evaluation' in image ? image.evaluation.waiting?.nextAt : undefined
  return nextAt === undefined ? [] : [Math.max(0, nextAt - now)]
}

/** Asks the registry; what is news to one policy of a repository concerns all others of it at the same moment. */
async function scanAndTell(run: Run, spec: PolicySpec, deps: Deps): Promise<Scanned> {
  const answer = await scanImage(run, spec, deps)
  deps.news.tell(run.policy.key, answer)
  return answer
}

function parsedSpec({ policy: { parsed } }: Run): PolicySpec {
  if (parsed.ok) return parsed.spec
  const faults = parsed.faults.map(({ path, message }) => `${path}: ${message}`)
  throw new ReconcileError(reasons.invalidSpec, faults.join('; '), { retry: onChange })
}

const nothing: ResolvedImage['metadata'] = new Map()

/** What was read before something is chosen. */
interface Read {
  readonly scanned: Scanned | ReconcileError | undefined
  readonly looked: readonly Looked[]
  readonly deps: Deps
  readonly patience: Patience
}

/** What choosing came to: its failures are told beside what is known of the Applications, and do not hide it. */
async function resolved(run: Run, spec: PolicySpec, { scanned, looked, deps, patience }: Read): Promise<ResolvedImage> {
  if (scanned === undefined) return { image: { kind: 'suspended' }, metadata: nothing }
  if (scanned instanceof ReconcileError) return { image: imageFailure(scanned), metadata: nothing }
  const places = looked.flatMap(({ place }) => (place instanceof ReconcileError ? [] : place))
  const desired = places.length === 0 ? undefined : places.flatMap((place) => desiredChoices(spec, place.desired))
  const resolving = resolveImage(run, spec, scanned, { ...deps, desired })
  const image = await caught(patience.wait(resolving, () => lateImage(spec)))
  return image instanceof ReconcileError ? { image: imageFailure(image), metadata: nothing } : image
}

/** Nothing is desired by a place that says nothing. */
function desiredChoices({ strategy }: PolicySpec, { values }: Pick<Desired, 'values'>): readonly Choice[] {
  const followed = strategy.type === 'digest' ? strategy.tag : undefined
  return values.flatMap((value) => (value === undefined ? [] : (choiceIn(value, followed) ?? [])))
}

function imageFailure(error: ReconcileError): ImageOutcome {
  return { kind: 'failed', error }
}

/** Undefined: there is nothing to be told. */
function failed(thrown: unknown): Done | undefined {
  if (thrown instanceof Ended) return undefined
  const error =
    thrown instanceof ReconcileError
      ? thrown
      : new ReconcileError(reasons.internalError, 'a fault of the operator; its log says more', { cause: thrown })
  return { outcome: { kind: 'failed', error }, lookAgainIn: [] }
}
