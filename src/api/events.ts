import { reasons, type Reason } from './conditions.ts'

/** An event about a policy, as `kubectl describe` shows it. The message is cut to 1024 bytes when it is sent. */
export interface PolicyEvent {
  readonly type: 'Normal' | 'Warning'
  /** A reason of a condition; `Updated`: an Application was written; `Merged`: what waited on a push branch is desired now;
   * `Reverted`: somebody undid a write. */
  readonly reason: Reason | 'Updated' | 'Merged' | 'Reverted'
  readonly message: string
}

/** An Application by namespace and name. */
export interface ApplicationName {
  readonly namespace: string
  readonly name: string
}

/** One Application was written; `revision` is the commit, when there is one, `waitsOn` the branches between which it is to be merged. Values are `1.4.2`, `1.4.2@sha256:…` or `@sha256:…`. */
export function updated(write: {
  readonly application: ApplicationName
  readonly image: string
  readonly from: string | undefined
  readonly to: string
  readonly revision: string | undefined
  readonly waitsOn?: { readonly branch: string; readonly base: string } | undefined
}): PolicyEvent {
  const { application, image, from, to, revision, waitsOn } = write
  const commit = revision === undefined ? '' : ` in commit ${revision}`
  const change = from === undefined ? `to ${to}` : `from ${from} to ${to}`
  const where = waitsOn === undefined ? '' : ` on branch ${waitsOn.branch}, to be merged into ${waitsOn.base}`
  return {
    type: 'Normal',
    reason: 'Updated',
    message: `Set ${image} of ${title(application)} ${change}${commit}${where}`,
  }
}

/** What waited on a push branch is in its base; `tip` is the base's commit at which that was seen. */
export function merged(application: ApplicationName, value: string, tip: string): PolicyEvent {
  return { type: 'Normal', reason: 'Merged', message: `${value} of ${title(application)} was merged (seen at ${tip})` }
}

/** Somebody took back what waited on a push branch, as the message says. */
export function takenBack(application: ApplicationName, message: string): PolicyEvent {
  return { type: 'Warning', reason: 'Reverted', message: `${title(application)}: ${message}` }
}

/** Somebody undid a write; `seenAt` is the branch's tip, or the Application's generation, at which that was seen. */
export function reverted(undo: {
  readonly application: ApplicationName
  readonly from: string
  readonly to: string | undefined
  readonly seenAt: string
}): PolicyEvent {
  const { application, from, to, seenAt } = undo
  const change =
    to === undefined
      ? `took ${from} out of ${title(application)}`
      : `set ${title(application)} from ${from} back to ${to}`
  return {
    type: 'Warning',
    reason: 'Reverted',
    message: `Somebody ${change} (seen at ${seenAt}); held until something newer is chosen or imageupdate.dev/resumedAt is set`,
  }
}

/** The condition `Ready` changed its reason: a warning unless it is True. */
export function readyChanged(ready: boolean, reason: Reason, message: string): PolicyEvent {
  return { type: ready ? 'Normal' : 'Warning', reason, message }
}

/** The written image is in no Pod: Argo CD itself says nothing about a name or key that nothing uses. */
export function notLive(application: ApplicationName, message: string): PolicyEvent {
  return { type: 'Warning', reason: reasons.notLive, message: `${title(application)}: ${message}` }
}

function title({ namespace, name }: ApplicationName): string {
  return `Application ${namespace}/${name}`
}
