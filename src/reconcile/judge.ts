import { resumedAtAnnotation, type ApplicationStatus } from '../api/v1alpha1.ts'
import type { Choice, TagMetadata } from '../core/choosing/candidate.ts'
import { decide, type LinkedFacts, type Verdict } from '../core/decide.ts'
import { annotationValue, isResumed } from '../core/memory.ts'
import { says } from '../core/proposal.ts'
import type { PolicySpec } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import { caught } from './caught.ts'
import type { Place, WroteBefore } from '../writeback/place.ts'
import type { Link } from './linker.ts'
import { isRepairTakenBack } from './repairs.ts'
import type { Run } from './run.ts'

/** A linked source after a look at what is desired there, or why that could not be seen. */
export interface Looked {
  readonly link: Link
  readonly place: Place | ReconcileError
}

/** What is decided about: the choice and what is known of tags. */
export interface Matter {
  readonly spec: PolicySpec
  readonly choice: Choice | undefined
  readonly metadata: ReadonlyMap<string, TagMetadata>
  /** Says which older policy writes the same key. */
  readonly conflictAt: (looked: Looked) => Promise<string | undefined> | undefined
}

/** A linked source and what is to be done about it. */
export interface Judged extends Looked {
  readonly facts: LinkedFacts
  readonly verdict: Verdict
  /** The base's tip, where what waited on a push branch has been merged since the last look. */
  readonly mergedAt: string | undefined
}

/** Decides about a linked source. Asks history where a write is due that this process knows nothing of. */
export async function judge(run: Run, matter: Matter, { link, place }: Looked): Promise<Judged> {
  const { facts, mergedAt } = noteMerge(
    run,
    place,
    factsOf(run, link, { place, conflict: await matter.conflictAt({ link, place }) }),
  )
  const verdict = verdictOn(run, matter, facts)
  const { action } = verdict
  // What was forgotten on purpose is not to be found in history later on.
  if (isForgotten(run, link) || hasMoved(run, link, place)) run.runtime.looked.add(link.key)
  const judged = { link, place, facts, verdict, mergedAt }
  if (action.kind !== 'write' || place instanceof ReconcileError) return judged
  const wrote = await caught(lookBack(run, { link, place, to: action.to, facts }))
  if (wrote === undefined) return judged
  const known: LinkedFacts =
    wrote instanceof ReconcileError
      ? { ...facts, desired: { kind: 'failed', error: wrote } }
      : undone(facts, action.to, wrote)
  return { ...judged, facts: known, verdict: verdictOn(run, matter, known) }
}

/** When it was written, nobody knows any more: it is a person's undoing then. */
function undone(facts: LinkedFacts, value: string, wrote: 'here' | 'beside'): LinkedFacts {
  const { push } = facts
  if (wrote === 'beside' && push !== undefined) return { ...facts, push: { ...push, proposed: value, takenBack: true } }
  return { ...facts, written: value, writtenAt: undefined }
}

/** What waited on a push branch is written, and followed, from the moment at which its base is seen to have it. */
function noteMerge(
  { now }: Run,
  place: Place | ReconcileError,
  facts: LinkedFacts,
): { readonly facts: LinkedFacts; readonly mergedAt: string | undefined } {
  const { push, desired } = facts
  const { proposed } = push ?? {}
  const isMerged = proposed !== undefined && desired.kind === 'known' && says(desired, proposed)
  if (push === undefined || !isMerged || place instanceof ReconcileError) return { facts, mergedAt: undefined }
  const since = { written: proposed, writtenAt: now, push: { ...push, proposed: undefined } }
  return { facts: { ...facts, ...since }, mergedAt: place.push?.tip }
}

function verdictOn(run: Run, { spec, choice, metadata }: Matter, facts: LinkedFacts): Verdict {
  return decide(spec, choice, facts, { now: run.now, metadata })
}

function factsOf(
  run: Run,
  link: Link,
  { place, conflict }: { place: Place | ReconcileError; conflict: string | undefined },
): LinkedFacts {
  const { application, exact } = link
  const known = run.memory.applications.get(link.key)
  const remembered = hasMoved(run, link, place) ? undefined : known
  const repairTakenBack = isRepairTakenBack(run.runtime, { key: link.key, place }, isForgotten(run, link))
  const owner = application.owners.at(0)
  const writtenAt = remembered?.writtenAt === undefined ? undefined : Date.parse(remembered.writtenAt)
  return {
    exact,
    conflict,
    images: application.images,
    owner: owner === undefined ? undefined : `${owner.kind} ${owner.name}`,
    desired: place instanceof ReconcileError ? { kind: 'failed', error: place } : place.desired,
    written: remembered?.written,
    writtenAt,
    retryAt: retryAtOf(run, link, writtenAt),
    push: pushFactsOf(place, remembered ?? {}, repairTakenBack),
  }
}

function pushFactsOf(
  place: Place | ReconcileError,
  { proposed, takenBack = false }: Pick<ApplicationStatus, 'proposed' | 'takenBack'>,
  repairTakenBack: boolean,
): LinkedFacts['push'] {
  if (place instanceof ReconcileError || place.push === undefined) return undefined
  return { ...place.push, proposed, takenBack, repairTakenBack }
}

/** What was undone and has been written again since then is no longer undone. */
function retryAtOf({ runtime }: Run, link: Link, writtenAt: number | undefined): number | undefined {
  const undone = runtime.undone.get(link.key)
  return undone === undefined || (writtenAt !== undefined && writtenAt > undone.seenAt) ? undefined : undone.retryAt
}

/** What was written belongs to its place: another path, branch or repository, or a new Application of the same name, has none. */
function hasMoved({ memory }: Run, { key }: Link, place: Place | ReconcileError): boolean {
  const { writtenTo } = memory.applications.get(key) ?? {}
  return !(place instanceof ReconcileError) && writtenTo !== undefined && writtenTo !== place.where
}

function isForgotten({ memory }: Run, { key, application }: Link): boolean {
  return (
    memory.dropped ||
    isResumed(memory.applications.get(key), annotationValue(application.annotations, resumedAtAnnotation))
  )
}

/**
 * Before the first write of this process to a place, history is asked whether the very same write was made before and
 * undone since: a crash, or a lost status, must not make us write again what a person took back.
 */
async function lookBack(
  run: Run,
  { link, place, to, facts }: { link: Link; place: Place; to: string; facts: LinkedFacts },
): Promise<WroteBefore> {
  const { looked } = run.runtime
  const { push } = facts
  // What waited is missing on a branch that others commit to: whether they took it back, only its history tells.
  const isMissing = push?.isThere === true && !push.isOurs && push.proposed === to
  if (looked.has(link.key) && !isMissing) return undefined
  const isKnown = run.memory.applications.get(link.key)?.written === to
  const wrote = isKnown ? undefined : await place.wroteBefore(to, wroteSince(run, facts))
  looked.add(link.key)
  return wrote
}

/** Since when history may tell of a write: what was before the last that is known of, or before the policy, is another story. */
export function wroteSince({ policy }: Run, { writtenAt = 0 }: LinkedFacts): number {
  return Math.max(writtenAt, Date.parse(policy.stored.identity.creationTimestamp))
}
