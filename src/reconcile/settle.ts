import { resumedAtAnnotation, type ApplicationStatus } from '../api/v1alpha1.ts'
import { annotationValue } from '../core/memory.ts'
import type { ApplicationOutcome } from '../core/outcome.ts'
import type { PolicySpec } from '../core/policy.ts'
import { isTakenBack } from '../core/proposal.ts'
import { ReconcileError } from '../errors.ts'
import type { Place, WriteBackMethod } from '../writeback/place.ts'
import { act, isWork, type Acted } from './act.ts'
import { caught } from './caught.ts'
import { nothingFollowed, type Followable, type Followed, type Follower } from './follow.ts'
import { judge, wroteSince, type Judged, type Looked, type Matter } from './judge.ts'
import type { Link } from './linker.ts'
import type { Place as QueuePlace } from './queue.ts'
import type { Run } from './run.ts'

/** What dealing with linked sources needs of the outside. */
export interface LinkDeps {
  readonly methods: Readonly<Record<'argocd' | 'git', WriteBackMethod>>
  readonly follow: Follower
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Looks at what is desired at a linked source; what can't be read is told, not thrown. */
export async function look(run: Run, spec: PolicySpec, link: Link, deps: LinkDeps): Promise<Looked> {
  return { link, place: await observe(run.notBefore, spec, link, deps) }
}

/** Decides for every linked source and writes what is due; the place in the queue is lent while commits gather. */
export async function settle(
  run: Run,
  matter: Matter,
  looked: readonly Looked[],
  { place, deps }: { place: Pick<QueuePlace, 'lend'>; deps: LinkDeps },
): Promise<Settled> {
  const judged = await Promise.all(looked.map((one) => judge(run, matter, one)))
  const acting = Promise.all(
    judged.map((one) => act(run, matter, one, () => observe(deps.clock(), matter.spec, one.link, deps))),
  )
  const acted = judged.some(({ verdict }) => isWork(verdict)) ? await place.lend(acting) : await acting
  await Promise.all(acted.map((one) => tellOfMerge(one.judged)))
  await Promise.all(acted.map((one) => catchUp(run, one)))
  const followed = await Promise.all(acted.map((one) => deps.follow(run, matter.spec, followable(one))))
  return {
    applications: acted.map((one, index) => outcomeOf(run, one, followed[index] ?? nothingFollowed)),
    lookAgainIn: followed.flatMap(({ lookAgainIn }) => (lookAgainIn === undefined ? [] : [lookAgainIn])),
  }
}

async function tellOfMerge({ place, mergedAt }: Judged): Promise<void> {
  if (mergedAt !== undefined && !(place instanceof ReconcileError)) await place.push?.merged()
}

/** Whoever ended between a push and the status may have ended before Argo CD was asked to look, too. */
async function catchUp(run: Run, { judged: { link, place, facts, mergedAt }, result, value }: Acted): Promise<void> {
  const isKnown = run.runtime.looked.has(link.key) || run.memory.dropped || mergedAt !== undefined
  if (isKnown || result.kind !== 'upToDate' || value === undefined || facts.written === value) return
  if (!(place instanceof ReconcileError)) await caught(place.catchUp(value, wroteSince(run, facts)))
}

/** How it went for each linked source, and in how many ms a write that is followed, or undone, is looked at again. */
export interface Settled {
  readonly applications: readonly ApplicationOutcome[]
  readonly lookAgainIn: readonly number[]
}

async function observe(
  notBefore: number,
  spec: PolicySpec,
  { target }: Link,
  { methods }: LinkDeps,
): Promise<Place | ReconcileError> {
  if (target instanceof ReconcileError) return target
  return await caught(methods[spec.writeBack.method].observe(target, { notBefore }))
}

function followable({ judged, result, value }: Acted): Followable {
  const { link, facts, mergedAt } = judged
  return { link, result, value, written: facts.written, writtenAt: facts.writtenAt, mergedAt }
}

function outcomeOf(run: Run, { judged, result, value }: Acted, { seen, suspicious }: Followed): ApplicationOutcome {
  const { link, facts, place, mergedAt } = judged
  const remembered = run.memory.applications.get(link.key)
  return {
    namespace: link.application.namespace,
    name: link.application.name,
    source: link.source,
    sourceType: link.sourceType,
    current: value,
    written: facts.written,
    writtenAt: facts.writtenAt,
    writtenTo: place instanceof ReconcileError ? remembered?.writtenTo : place.where,
    ...waitingOf(judged, remembered),
    mergedAt,
    result,
    followed: seen,
    suspicious,
    seenAt: place instanceof ReconcileError ? '' : place.seenAt,
    resumedAt: annotationValue(link.application.annotations, resumedAtAnnotation),
  }
}

/** What waits, or was taken back, is not forgotten while nobody can look at it. */
function waitingOf(
  { place, facts: { push } }: Judged,
  remembered: ApplicationStatus | undefined,
): Pick<ApplicationOutcome, 'proposed' | 'takenBack'> {
  if (place instanceof ReconcileError)
    return { proposed: remembered?.proposed, takenBack: remembered?.takenBack === true }
  return { proposed: push?.proposed, takenBack: push !== undefined && isTakenBack(push) }
}
