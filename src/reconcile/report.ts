import { isDeepStrictEqual } from 'node:util'
import { conditionTypes, reasons } from '../api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../api/v1alpha1.ts'
import type { Outcome } from '../core/outcome.ts'
import type { PolicyIdentity, PolicySpec } from '../core/policy.ts'
import { requeueAfter, type Requeue } from '../core/requeue.ts'
import { eventsFor, ordinary } from '../core/status/events-for.ts'
import { statusFor } from '../core/status/status-for.ts'
import { errorsOf } from '../core/status/summary.ts'
import type { EventRecorder } from '../kubernetes/event-recorder.ts'
import type { PolicyStore } from '../kubernetes/policies.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { caught } from './caught.ts'
import type { Run } from './run.ts'

/** What reporting needs. */
export interface ReportDeps {
  readonly store: Pick<PolicyStore, 'patchStatus'>
  readonly events: Pick<EventRecorder, 'record'>
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: () => number
  readonly random: () => number
}

/** Tells how a run went: one status, its events, metrics and log line; answers when to run again. Never rejects. */
export type Reporter = (run: Run, outcome: Outcome, lookAgainIn: readonly number[]) => Promise<Requeue>

/** What follows from a write in the ordinary course (sync, health, live images, that all is up to date then) is told at most this often (ms). */
const followedAtMostEvery = 5_000

/** Makes the one exit of every run. */
export function createReporter(deps: ReportDeps): Reporter {
  return async (run, outcome, lookAgainIn) => {
    const now = deps.clock()
    const status = statusFor(outcome, run.previous, {
      now,
      generation: run.policy.stored.identity.generation,
      memory: run.memory,
      hash: run.policy.hash,
      clockHash: run.policy.clockHash,
      digest: run.policy.parsed.ok ? run.policy.parsed.spec.writeBack.digest : 'never',
      requestedAt: run.requestedAt,
      resumedAt: run.resumedAt,
    })
    tell(run, outcome, deps)
    measure(run, outcome, { status, metrics: deps.metrics })
    const saved = await save(run, status, { now, deps })
    const requeue = requeueAfter(outcome, {
      interval: run.interval,
      jitter: deps.random(),
      lookAgainIn: saved.kind === 'postponed' ? [...lookAgainIn, saved.ms] : lookAgainIn,
    })
    return saved.kind === 'failed' ? { kind: 'backoff', afterMs: 0, atMostMs: run.interval } : requeue
  }
}

type Saved = { readonly kind: 'saved' | 'failed' } | { readonly kind: 'postponed'; readonly ms: number }

async function save(
  { policy, previous, runtime }: Run,
  status: ImageUpdatePolicyStatus,
  { now, deps }: { now: number; deps: ReportDeps },
): Promise<Saved> {
  const wait = runtime.statusWrittenAt + followedAtMostEvery - now
  if (runtime.unsaved === undefined && isDeepStrictEqual(previous, status)) return { kind: 'saved' }
  if (wait > 0 && isDeepStrictEqual(withoutSequel(previous), withoutSequel(status)))
    return { kind: 'postponed', ms: wait }
  const failure = await caught(deps.store.patchStatus(policy.stored, status))
  runtime.unsaved = failure === undefined ? undefined : status
  if (failure === undefined) runtime.statusWrittenAt = now
  else deps.log.warn('status not written', { policy: policy.key, reason: failure.reason, error: failure })
  return { kind: failure === undefined ? 'saved' : 'failed' }
}

function withoutSequel({ applications = [], conditions = [], ...rest }: ImageUpdatePolicyStatus): unknown {
  return {
    ...rest,
    conditions: conditions.map((one) => (ordinary.has(one.reason) ? { ...one, reason: '', message: '' } : one)),
    applications: applications.map(({ live: _live, sync: _sync, health: _health, ...told }) => told),
  }
}

function tell({ policy, previous }: Run, outcome: Outcome, { events, log }: ReportDeps): void {
  const image = policy.parsed.ok ? policy.parsed.spec.image.written : ''
  for (const event of eventsFor(outcome, previous, image)) {
    events.record(policy.stored.identity, event)
    log[event.type === 'Normal' ? 'info' : 'warn'](event.message, { policy: policy.key, reason: event.reason })
  }
  for (const { reason, cause } of errorsOf(outcome))
    if (reason === reasons.internalError)
      log.error('a fault of the operator', { policy: policy.key, at: framesOf(cause) })
}

/** Where an unexpected error came from; its message may hold what a client library put into it, and is left out. */
function framesOf(cause: unknown): readonly string[] {
  const lines = cause instanceof Error ? (cause.stack ?? '').split('\n') : []
  const frames = lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
  return [cause instanceof Error ? cause.name : typeof cause, ...frames.slice(0, 12)]
}

function measure(
  { policy, now }: Run,
  outcome: Outcome,
  { status, metrics }: { status: ImageUpdatePolicyStatus; metrics: Metrics },
): void {
  const { namespace, name } = policy.stored.identity
  const ready = status.conditions?.find(({ type }) => type === conditionTypes.ready)
  metrics.policyReady.set({ namespace, name }, ready?.status === 'True' ? 1 : 0)
  metrics.policyApplications.set({ namespace, name }, status.applications?.length ?? 0)
  metrics.reconciles.inc({ reason: ready?.reason ?? '' })
  metrics.reconcileDuration.observe((performance.timeOrigin + performance.now() - now) / 1000)
  if (policy.parsed.ok) measureImage(policy.stored.identity, policy.parsed.spec, { outcome, status, metrics })
}

function measureImage(
  { namespace, name }: PolicyIdentity,
  { image, strategy, writeBack }: PolicySpec,
  { outcome, status, metrics }: { outcome: Outcome; status: ImageUpdatePolicyStatus; metrics: Metrics },
): void {
  const { method } = writeBack
  const chosen = status.chosen?.image ?? ''
  metrics.describePolicy({ namespace, name, image: image.written, strategy: strategy.type, method, chosen })
  const applications = outcome.kind === 'ran' ? outcome.applications : []
  const written = applications.filter(({ result }) => result.kind === 'written').length
  if (written > 0) metrics.updates.inc({ namespace, name, method }, written)
}
