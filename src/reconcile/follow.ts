import { reasons } from '../api/conditions.ts'
import type { ApplicationStatus } from '../api/v1alpha1.ts'
import { follow, type FollowedWrite } from '../core/applications/follow.ts'
import type { Result } from '../core/outcome.ts'
import type { PolicySpec } from '../core/policy.ts'
import { namesOf } from '../core/targets/values.ts'
import { ReconcileError } from '../errors.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import { caught } from './caught.ts'
import type { Link } from './linker.ts'
import type { Run } from './run.ts'

/** What may be followed: a linked source, what is desired there now, and what was written last (ms since the epoch). */
export interface Followable {
  readonly link: Link
  readonly result: Result
  readonly value: string | undefined
  readonly written: string | undefined
  readonly writtenAt: number | undefined
  /** The commit at which it was seen that the value had been merged, if that was in this run. */
  readonly mergedAt?: string | undefined
}

/** What is to be told of a write; everything undefined: it is not followed (any more). */
export interface Followed {
  readonly seen: Pick<ApplicationStatus, 'live' | 'sync' | 'health'> | undefined
  /** Why what was written is probably not used. */
  readonly suspicious: string | undefined
  /** Milliseconds. */
  readonly lookAgainIn: number | undefined
}

/** Follows a write until it is live; asks Argo CD to refresh where it has overlooked a patch. */
export type Follower = (run: Run, spec: PolicySpec, followable: Followable) => Promise<Followed>

/** Nothing is followed. */
export const nothingFollowed: Followed = { seen: undefined, suspicious: undefined, lookAgainIn: undefined }

/** Makes the follower. */
export function createFollower(applications: Pick<ApplicationStore, 'get' | 'requestRefresh'>): Follower {
  return async (run, spec, followable) => {
    const { link } = followable
    const write = writeOf(run, spec, followable)
    const before = run.memory.applications.get(link.key)
    if (write === undefined || isSeenThrough(before, write, followable.result)) return kept(before, write)
    const application = applications.get(link.application.namespace, link.application.name) ?? link.application
    const followed = follow(application, write, run.now)
    if (isGivenUp(followed, write)) return kept(before, write)
    if (followed.dueRefresh && run.runtime.refreshed.get(link.key) !== write.writtenAt) {
      const failure = await caught(applications.requestRefresh(application, 'normal'))
      if (failure === undefined) run.runtime.refreshed.set(link.key, write.writtenAt)
    }
    const isSuspicious = followed.suspicious || (isMarked(before) && followed.live !== write.value)
    return {
      seen: seenOf(followed),
      suspicious: isSuspicious ? suspicion(write) : undefined,
      lookAgainIn: followed.lookAgainAt === undefined ? undefined : Math.max(0, followed.lookAgainAt - run.now),
    }
  }
}

function writeOf(
  run: Run,
  spec: PolicySpec,
  { link, result, value, written, writtenAt, mergedAt }: Followable,
): FollowedWrite | undefined {
  const { target } = link
  const isNew = isDesired(result)
  const at = isNew ? run.now : writtenAt
  if (target instanceof ReconcileError || at === undefined || value === undefined) return undefined
  if (!isNew && value !== written) return undefined
  return {
    value,
    writtenAt: at,
    target: target.target,
    index: target.chosen.index,
    via: viaOf(run, spec, { link, result, mergedAt }),
  }
}

function viaOf(
  run: Run,
  { writeBack }: PolicySpec,
  { link, result, mergedAt }: { link: Link; result: Result; mergedAt: string | undefined },
): FollowedWrite['via'] {
  if (writeBack.method === 'argocd') return { method: 'argocd' }
  const before = mergedAt ?? run.memory.applications.get(link.key)?.revision
  const revision = isDesired(result) ? result.revision : before
  return { method: 'git', revision, refresh: writeBack.refresh }
}

/** What waits on a push branch is not followed: nothing wants it yet. */
function isDesired(result: Result): result is Extract<Result, { kind: 'written' }> {
  return result.kind === 'written' && result.waitsOn === undefined
}

/** Once it is live and healthy, what happens to the Application afterwards is not ours to tell. */
function isSeenThrough(before: ApplicationStatus | undefined, { value }: FollowedWrite, result: Result): boolean {
  return !isDesired(result) && before?.live === value && before.health === 'Healthy'
}

/** It was followed for long enough and is not live: what was told of it stays. */
function isGivenUp({ done, live, health }: ReturnType<typeof follow>, { value }: FollowedWrite): boolean {
  return done && (live !== value || health !== 'Healthy')
}

function kept(before: ApplicationStatus | undefined, write: FollowedWrite | undefined): Followed {
  return { ...nothingFollowed, suspicious: write !== undefined && isMarked(before) ? suspicion(write) : undefined }
}

function isMarked(before: ApplicationStatus | undefined): boolean {
  return before?.reason === reasons.notLive
}

function seenOf({ live, sync, health }: ReturnType<typeof follow>): Followed['seen'] {
  return {
    ...(live === undefined ? {} : { live }),
    ...(sync === undefined ? {} : { sync }),
    ...(health === undefined ? {} : { health }),
  }
}

function suspicion({ value, target }: FollowedWrite): string {
  const what = target.tool === 'helm' ? 'key' : 'image name'
  return `${value} was written and compared, but no Pod has it: the ${what} ${namesOf(target).join(', ')} is probably not used by the manifests`
}
