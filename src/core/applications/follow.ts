import type { Application } from './application.ts'
import { parseImageValue } from '../image-value.ts'
import { lastSegment, parseReference, sameRepository, type Reference, type Repository } from '../reference.ts'
import { refreshAnnotation } from './refresh.ts'
import { desiredIn } from '../targets/desired.ts'
import { entriesOf } from '../targets/entries.ts'
import type { Target } from '../targets/values.ts'

/** A write that is followed until Pods have it. Times are ms since the epoch. */
export interface FollowedWrite {
  /** As written: `1.4.2`, `1.4.2@sha256:…` or `@sha256:…`. */
  readonly value: string
  readonly writtenAt: number
  readonly target: Target
  /** Index of the source that was written to. */
  readonly index: number
  readonly via:
    | { readonly method: 'argocd' }
    /** `refresh`: Argo CD was asked to look after the push; `revision` undefined: the commit is not known any more. */
    | { readonly method: 'git'; readonly revision: string | undefined; readonly refresh: boolean }
}

/** What Argo CD and the cluster have made of a write so far. */
export interface Followed {
  /** The value that Pods have: the written one as soon as one Pod has it. */
  readonly live: string | undefined
  readonly sync: string | undefined
  readonly health: string | undefined
  /** Argo CD has compared the Application with what was written. */
  readonly compared: boolean
  /** Argo CD has overlooked the patch and should be asked to refresh (once). */
  readonly dueRefresh: boolean
  /** What was written is probably not used by the manifests. */
  readonly suspicious: boolean
  /** Nothing more to be seen: it is live, or it was followed for long enough. */
  readonly done: boolean
  /** When to look again even if nothing changes; undefined: not at all. */
  readonly lookAgainAt: number | undefined
}

const refreshAfter = 5_000
const suspiciousAfter = 5 * 60_000
const followFor = 30 * 60_000

/** Judges a write by the Application as it is now. */
export function follow(application: Application, write: FollowedWrite, now: number): Followed {
  const age = now - write.writtenAt
  const { sync, health } = application
  const seen = valuesSeen(application.images, write.target.image)
  const isLive = seen.some((each) => isValue(each, write.value))
  const compared = isCompared(application, write, age)
  const isOverlooked = write.via.method === 'argocd' && !compared
  // Pods of a rollout that has begun are live before it has ended.
  const done = (isLive && health === 'Healthy') || age >= followFor
  return {
    live: isLive ? write.value : seen.map(textOf)[0],
    sync: sync.status,
    health,
    compared,
    dueRefresh: isOverlooked && age >= refreshAfter && !isRefreshing(application),
    suspicious: compared && !isLive && age >= suspiciousAfter && isAtRest(application),
    done,
    lookAgainAt: done ? undefined : write.writtenAt + nextMoment(age, { isOverlooked, isLive }),
  }
}

function nextMoment(age: number, { isOverlooked, isLive }: { isOverlooked: boolean; isLive: boolean }): number {
  if (isOverlooked && age < refreshAfter) return refreshAfter
  return !isLive && age < suspiciousAfter ? suspiciousAfter : followFor
}

// OutOfSync is no sign: without automated sync the old image stays until somebody syncs. Nor is an Application without Pods.
function isAtRest({ health, sync, images }: Application): boolean {
  return health === 'Healthy' && sync.status === 'Synced' && images.length > 0
}

function isCompared(application: Application, write: FollowedWrite, age: number): boolean {
  return write.via.method === 'argocd'
    ? comparedWithPatch(application, write)
    : comparedWithPush(application, { via: write.via, age })
}

function isRefreshing({ annotations }: Application): boolean {
  return annotations[refreshAnnotation] !== undefined
}

function comparedWithPatch({ sync }: Application, { index, target, value }: FollowedWrite): boolean {
  const source = sync.comparedTo[index]
  if (source === undefined) return false
  const desired = desiredIn(entriesOf(source, target.tool) ?? [], target)
  return desired.complete && desired.value === value
}

function comparedWithPush(
  application: Application,
  { via, age }: { via: Extract<FollowedWrite['via'], { method: 'git' }>; age: number },
): boolean {
  // The file may stand in the repository of another source, which lends it.
  if (via.revision !== undefined && application.sync.revisions.includes(via.revision)) return true
  // What was compared then is the rendered branch, into which the commit may not have come yet.
  if (application.hydrated) return false
  // The annotation gone means compared; but right after the push it may not have been seen yet.
  return via.refresh && !isRefreshing(application) && age >= refreshAfter
}

interface Seen {
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** What Pods have of an image; where none has its repository, of images with the same last name: they may come from a mirror. */
function valuesSeen(images: readonly string[], image: Repository): readonly Seen[] {
  const references = images.map((text) => parseReference(text)).flatMap((read) => (read.ok ? [read.value] : []))
  const same = references.filter(({ repository }) => sameRepository(repository, image))
  const alike = references.filter(({ repository }) => lastSegment(repository) === lastSegment(image))
  return (same.length > 0 ? same : alike).map(({ tag, digest }: Reference) => ({ tag, digest }))
}

function isValue(seen: Seen, value: string): boolean {
  const { tag, digest } = parseImageValue(value)
  return digest === undefined ? seen.tag === tag : seen.digest === digest
}

function textOf({ tag = '', digest }: Seen): string | undefined {
  const text = digest === undefined ? tag : `${tag}@${digest}`
  return text === '' ? undefined : text
}
