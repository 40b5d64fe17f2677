import { reasons, type Reason } from '../../api/conditions.ts'
import type { ReconcileError } from '../../errors.ts'
import type { Waiting } from '../choosing/best-contender.ts'
import { evaluationStatus, type Told } from '../choosing/evaluate.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import type { ApplicationOutcome, ImageOutcome, Outcome } from '../outcome.ts'
import { namesOf } from './summaries.ts'

/** The sum of a run: what `Ready` says. `stalled`: only a person's change helps; `reconciling`: it is retried by itself. */
export interface Summary {
  readonly ready: boolean
  readonly reason: Reason
  readonly message: string
  readonly stalled: boolean
  readonly reconciling: boolean
}

/** Every error of a run, the most telling first: nothing linked, no image, then Applications in their order. */
export function errorsOf(outcome: Outcome): readonly ReconcileError[] {
  if (outcome.kind === 'failed') return [outcome.error]
  return [
    ...(outcome.linkError === undefined ? [] : [outcome.linkError]),
    ...(outcome.image.kind === 'failed' ? [outcome.image.error] : []),
    ...outcome.applications.flatMap(({ result }) => (result.kind === 'failed' ? [result.error] : [])),
  ]
}

/** Sums a run up: by its first error, else by there being no tag to choose, else by what was written, held or in order. */
export function summaryOf(outcome: Outcome): Summary {
  const errors = errorsOf(outcome)
  const reconciling = errors.some(({ retry }) => retry.kind === 'backoff')
  const [error] = errors
  if (outcome.kind === 'failed')
    return failure(outcome.error, outcome.error.message, { stalled: isFinal(outcome.error), reconciling })
  if (error !== undefined) {
    const stalled = outcome.linkError?.reason === reasons.tooManyApplications || allUnsupported(outcome.applications)
    return failure(error, failureMessage(outcome, error), { stalled: stalled && !reconciling, reconciling })
  }
  if (outcome.image.kind === 'noMatch') return noMatch(outcome.image.evaluation)
  return { ready: true, ...fine(outcome.image, outcome.applications), stalled: false, reconciling: false }
}

function isFinal(error: ReconcileError): boolean {
  return error.reason === reasons.invalidSpec || error.retry.kind === 'onChange'
}

function failure(error: ReconcileError, message: string, flags: { stalled: boolean; reconciling: boolean }): Summary {
  return { ready: false, reason: error.reason, message, ...flags }
}

function allUnsupported(applications: readonly ApplicationOutcome[]): boolean {
  return (
    applications.length > 0 &&
    applications.every(({ result }) => result.kind === 'failed' && result.error.reason === reasons.targetUnsupported)
  )
}

function failureMessage(outcome: Extract<Outcome, { kind: 'ran' }>, error: ReconcileError): string {
  const failed = outcome.applications.filter(({ result }) => result.kind === 'failed')
  const first = failed.find(({ result }) => result.kind === 'failed' && result.error === error)
  if (first === undefined) return error.message
  const others = failed.length - 1
  return `${first.namespace}/${first.name}: ${error.message}${others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'Application' : 'Applications'} failed)`}`
}

function noMatch(evaluation: Told): Summary {
  const message = noMatchMessage(evaluation)
  return { ready: false, reason: reasons.noMatchingTag, message, stalled: false, reconciling: false }
}

/** Why no tag may be chosen: how many are left out for what, with examples. */
export function noMatchMessage(evaluation: Told): string {
  const { tags, rejected = [], note } = evaluationStatus(evaluation)
  const why = rejected.map(({ reason, count, examples }) => `${count} ${reason} (${examples.join(', ')})`)
  const counts = tags === 0 ? [] : [`none of ${tags} tags qualifies: ${why.join(', ')}`]
  const told = [...counts, ...(note === undefined ? [] : [note])]
  return told.length === 0 ? 'the repository has no tags' : told.join('; ')
}

function fine(image: ImageOutcome, applications: readonly ApplicationOutcome[]): { reason: Reason; message: string } {
  const written = applications.filter(({ result }) => result.kind === 'written')
  const heldBack = applications.filter(({ result }) => result.kind === 'held')
  const [firstHeld] = heldBack
  if (image.kind === 'suspended')
    return { reason: reasons.suspended, message: 'spec.suspend is true: nothing is chosen' }
  if (written.length > 0) return { reason: reasons.updateWritten, message: writtenMessage(written) }
  if (firstHeld?.result.kind === 'held') {
    const more = heldBack.length === 1 ? '' : ` (and ${heldBack.length - 1} more)`
    return {
      reason: reasons.held,
      message: `${firstHeld.namespace}/${firstHeld.name}: ${firstHeld.result.message}${more}`,
    }
  }
  const upToDate = `${counted(applications.length)} up to date`
  const waits = waitingOf(image)
  if (waits === undefined) return { reason: reasons.upToDate, message: upToDate }
  return { reason: reasons.held, message: image.kind === 'chosen' ? `${upToDate}; ${waits}` : waits }
}

function writtenMessage(written: readonly ApplicationOutcome[]): string {
  const waits = written.flatMap(({ result }) => (result.kind === 'written' ? (result.waitsOn ?? []) : []))
  const branches = namesOf(waits.map(({ branch }) => branch))
  const bases = namesOf(waits.map(({ base }) => base))
  const message = `wrote ${valuesOf(written)} to ${counted(written.length)}`
  return branches === undefined ? message : `${message}, on ${branches}, to be merged into ${bases}`
}

function waitingOf(image: ImageOutcome): string | undefined {
  if (image.kind === 'doubted') return image.message
  const waiting = 'evaluation' in image ? image.evaluation.waiting : undefined
  return waiting && waitingMessage(waiting)
}

/** Which tag waits, and for what: `1.5.0 has no image for linux/arm64`. */
export function waitingMessage({ tag, holds, nextAt }: Waiting): string {
  const its = `${tag} ${holds.map(({ message }) => message).join(', and ')}`
  const isItsOwn = holds.some(({ until }) => until === nextAt)
  return nextAt === undefined || isItsOwn ? its : `${its}; another tag from ${rfc3339(nextAt)} on`
}

function valuesOf(written: readonly ApplicationOutcome[]): string {
  return [...new Set(written.flatMap(({ result }) => (result.kind === 'written' ? [result.to] : [])))].join(', ')
}

/** `1 Application`, `40 Applications`. */
export function counted(count: number): string {
  return count === 1 ? '1 Application' : `${count} Applications`
}
