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
}

/** Fetches a policy, observes, decides, writes back and reports. Never rejects: what goes wrong is an outcome. */
export async function reconcile(key: PolicyKey, place: QueuePlace, deps: Deps): Promise<Requeue> {
  const policy = deps.policies.get(key)
  if (policy === undefined) return { kind: 'onChange' }
  const run = deps.begin(policy)
  const { outcome, lookAgainIn } = await attempt(run, place, deps).catch(failed)
  return await deps.report(run, outcome, lookAgainIn)
}

/** How a run ended, and in how many ms something is to be looked at again. */
interface Ended {
  readonly outcome: Outcome
  readonly lookAgainIn: readonly number[]
}

async function attempt(run: Run, place: QueuePlace, deps: Deps): Promise<Ended> {
  const spec = parsedSpec(run)
  const { links, error: linkError } = deps.linker.linksOf(run.policy, spec, run.previous)
  const [scan, looked] = await Promise.all([
    spec.suspend ? undefined : caught(scanAndTell(run, spec, deps)),
    Promise.all(links.map((link) => look(run, spec, link, deps))),
  ])
  const { image, metadata } = await resolved(run, spec, { scanned: scan, looked, deps })
  const choice = image.kind === 'chosen' ? image.choice : undefined
  const opensIn = openingOf(image, run.now)
  const conflictAt = (one: Looked) => deps.ownership.conflictAt(run.policy.stored.identity, one)
  const { applications, lookAgainIn } = await settle(run, { spec, choice, metadata, conflictAt }, looked, {
    place,
    deps,
  })
  return { outcome: { kind: 'ran', image, linkError, applications }, lookAgainIn: [...lookAgainIn, ...opensIn] }
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

/** What choosing came to: its failures are told beside what is known of the Applications, and do not hide it. */
async function resolved(
  run: Run,
  spec: PolicySpec,
  { scanned, looked, deps }: { scanned: Scanned | ReconcileError | undefined; looked: readonly Looked[]; deps: Deps },
): Promise<ResolvedImage> {
  if (scanned === undefined) return { image: { kind: 'suspended' }, metadata: nothing }
  if (scanned instanceof ReconcileError) return { image: imageFailure(scanned), metadata: nothing }
  const places = looked.flatMap(({ place }) => (place instanceof ReconcileError ? [] : place))
  const desired = places.length === 0 ? undefined : places.flatMap((place) => desiredChoices(spec, place.desired))
  const image = await caught(resolveImage(run, spec, scanned, { ...deps, desired }))
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

function failed(thrown: unknown): Ended {
  const error =
    thrown instanceof ReconcileError
      ? thrown
      : new ReconcileError(reasons.internalError, 'a fault of the operator; its log says more', { cause: thrown })
  return { outcome: { kind: 'failed', error }, lookAgainIn: [] }
}
