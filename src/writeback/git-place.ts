import type { ClaimKey } from '../core/applications/conflicts.ts'
import type { Change } from '../core/change.ts'
import type { Origin } from '../core/choosing/origin.ts'
import { parseTrailers, type Trailer } from '../core/git/commit-message.ts'
import { placeHash } from '../core/memory.ts'
import { says } from '../core/proposal.ts'
import type { FileWork } from '../core/targets/file-work.ts'
import { policyKey } from '../core/policy.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import type { LaneEdit } from '../git/lanes/plan-commits.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { FindStyle } from './commit-style.ts'
import { targetNameOf } from './linked-target.ts'
import type { LinkedTarget, Place, PushPlace, Written, WroteBefore } from './place.ts'
import type { BesideBase, KnownFound } from './push-branch.ts'
import type { Refresher } from './refresher.ts'
import { textEdit } from './text-edit.ts'

/** What writing to a place in git needs. */
export interface GitPlaceParts {
  readonly repositories: Pick<GitRepositories, 'recentMessages' | 'submit'>
  readonly refresh: Refresher
  readonly styleOf: FindStyle
  /** Makes the edits. */
  readonly work: FileWork
}

/** What was found on the branch, and on the one that is pushed to instead, if there is one. */
export interface FoundPlace {
  readonly found: KnownFound
  readonly beside: BesideBase | undefined
}

interface At {
  readonly claims: readonly ClaimKey[]
  readonly parts: GitPlaceParts
}

/** How many commits back history is searched for a write of ours. */
const searchedCommits = 50

/** The place in git where a choice is written. */
export function placeAt(linked: LinkedTarget, place: FoundPlace, { claims, parts }: At): Place {
  const { found, beside } = place
  const { spot, state, file } = found
  const { value } = state
  const target = targetNameOf(linked.spec)
  // What was written by override has always been told by its tool.
  const way = target === 'override' ? linked.chosen.tool : target
  const push = beside === undefined ? [] : [beside.branch]
  return {
    desired: state,
    where: placeHash([linked.application.uid, way, spot.access.url, spot.branch, file.path, ...push]),
    claims,
    seenAt: `${spot.branch} at ${spot.tip}`,
    push: beside && pushPlace(linked, found, beside, parts),
    write: (from, to, origin) => submit(linked, place, { from, to, isRepair: false, origin }, parts),
    repair: () => submit(linked, place, { from: value, to: value ?? '', isRepair: true }, parts),
    catchUp: (to, since) => catchUp(linked, found, { to, since }, parts),
    wroteBefore: (to, since) => wroteBefore(linked, place, { to, since }, parts),
  }
}

function pushPlace(
  { application, spec }: LinkedTarget,
  found: KnownFound,
  { found: there, ...beside }: BesideBase,
  parts: GitPlaceParts,
): PushPlace {
  return {
    ...beside,
    base: found.spot.branch,
    tip: found.spot.tip,
    said: there?.state,
    merged: async () => {
      if (spec.writeBack.refresh) await parts.refresh(application, found, found.spot.tip)
    },
  }
}

interface Order {
  readonly from: string | undefined
  readonly to: string
  /** Only what is carried over is made equal again. */
  readonly isRepair: boolean
  readonly origin?: Origin | undefined
}

async function submit(
  linked: LinkedTarget,
  { found, beside }: FoundPlace,
  order: Order,
  parts: GitPlaceParts,
): Promise<Written> {
  const { spec, application } = linked
  const { access, branch } = found.spot
  const edits = editsFor({ found, beside }, order, parts)
  if (edits === undefined) return { kind: 'unchanged' }
  const message = spec.writeBack.git?.commit.message
  const style = await parts.styleOf(linked)
  const result = await parts.repositories.submit(access, branch, {
    ...edits,
    change: changeOf(linked, order),
    message,
    style,
  })
  if (result.kind === 'refused') throw new ReconcileError(result.reason, result.message, { retry: atInterval })
  if (result.kind === 'moved') return result
  const { kind, revision } = result
  // Somebody else did it since the look, be it another round of ours: Argo CD may not have been asked for this Application.
  const isNews = kind === 'pushed' || revision !== found.spot.tip
  if (beside === undefined && isNews && spec.writeBack.refresh) await parts.refresh(application, found, revision)
  if (kind === 'unchanged') return { kind }
  const written = { kind: 'written', from: order.from, to: order.to, revision } as const
  return beside === undefined ? written : { ...written, waitsOn: { branch: beside.branch, base: branch } }
}

/** A value that may have been written, `since` then (ms since the epoch). */
interface Wrote {
  readonly to: string
  readonly since: number
}

/** What to do on the branch; and with a push branch, there, and at its base should it begin anew. */
function editsFor(
  { found, beside }: FoundPlace,
  { to, isRepair }: Order,
  { work }: GitPlaceParts,
): Pick<LaneEdit, 'edit' | 'push'> | undefined {
  const editOf = (one: KnownFound) => {
    const edit = one.edit(isRepair ? undefined : { to, decidedUpon: one.state })
    return edit && textEdit(edit, work)
  }
  const onBase = editOf(found)
  if (beside === undefined) return onBase && { edit: onBase }
  const edit = beside.found === undefined ? onBase : editOf(beside.found)
  const { branch, isThere } = beside
  const anew = isThere ? (onBase ?? edit) : undefined
  return edit && { edit, push: { branch, anew, onlyOurs: found.spot.isLent } }
}

function changeOf({ policy, application, chosen, spec }: LinkedTarget, { from, to, isRepair, origin }: Order): Change {
  const { namespace, name } = application
  return {
    policy: policyKey(policy),
    application: { namespace, name, source: application.multiple ? chosen.index : undefined },
    image: spec.image.written,
    from,
    to,
    carried: [],
    isRepair,
    ...(origin === undefined ? {} : { origin }),
  }
}

/** Argo CD has looked where it has compared with our commit, or with one that came after it. */
async function catchUp(
  linked: LinkedTarget,
  found: KnownFound,
  { to, since }: Wrote,
  parts: GitPlaceParts,
): Promise<void> {
  const { application, spec } = linked
  if (!spec.writeBack.refresh) return
  const { access, tip } = found.spot
  const commits = await parts.repositories.recentMessages(access, tip, searchedCommits)
  const nth = commits.findIndex(({ message }) => trailersOf(linked, message).length > 0)
  const ours = commits[nth]
  if (ours === undefined || ours.time < since || trailersOf(linked, ours.message)[0]?.to !== to) return
  const fromThere = new Set(commits.slice(0, nth + 1).map(({ oid }) => oid))
  if (!application.sync.revisions.some((revision) => fromThere.has(revision)))
    await parts.refresh(application, found, tip)
}

/** Whose history has it, though something else stands there now: the branch's; or the push branch's, if others are on it. */
async function wroteBefore(
  linked: LinkedTarget,
  { found, beside }: FoundPlace,
  { to, since }: Wrote,
  { repositories }: GitPlaceParts,
): Promise<WroteBefore> {
  const { spot } = found
  const isElsewhere = beside?.isThere === true && !beside.isOurs && !(beside.found && says(beside.found.state, to))
  const tips = [spot.tip, ...(isElsewhere && spot.beside !== undefined ? [spot.beside] : [])]
  const histories = await Promise.all(tips.map((tip) => repositories.recentMessages(spot.access, tip, searchedCommits)))
  const wrote = histories.map(
    (messages) =>
      lastWritten(
        linked,
        messages.filter(({ time }) => time >= since),
      ) === to,
  )
  return wrote[0] === true ? 'here' : wrote[1] === true ? 'beside' : undefined
}

/** What our newest commit for this policy and source of an Application wrote. */
function lastWritten(linked: LinkedTarget, messages: readonly { readonly message: string }[]): string | undefined {
  return messages.flatMap(({ message }) => trailersOf(linked, message)).at(0)?.to
}

/** A commit's trailers for this policy and source of an Application; in older ones no source is named. */
function trailersOf({ policy, application, chosen }: LinkedTarget, message: string): readonly Trailer[] {
  return parseTrailers(message).filter(
    (trailer) =>
      trailer.policy === policyKey(policy) &&
      trailer.application.namespace === application.namespace &&
      trailer.application.name === application.name &&
      (trailer.application.source ?? chosen.index) === chosen.index,
  )
}
