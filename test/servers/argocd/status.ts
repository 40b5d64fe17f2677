import {
  isMultiSource,
  sourcesOf,
  type Application,
  type ComparedTo,
  type Operation,
  type Status,
  type Synced,
} from './application.ts'
import type { Comparison } from './compare.ts'

/** A comparison that came to an end. */
export type Compared = Extract<Comparison, { kind: 'compared' }>

const historyKept = 10

/** A time as Kubernetes writes it: RFC 3339, whole seconds. */
const timestamp = (now: Date): string => now.toISOString().replace(/\.\d+Z$/, 'Z')

/** The status after a comparison; `isLive` says whether what it came to is what is deployed. An error leaves health and images as they were. */
export function comparedStatus(
  application: Application,
  comparison: Comparison,
  { isLive, now }: { isLive: boolean; now: Date },
): Status {
  const { sourceType: _type, sourceTypes: _types, conditions, ...kept } = application.status ?? {}
  const status = {
    health: { status: 'Missing', lastTransitionTime: timestamp(now) },
    summary: {},
    ...kept,
    reconciledAt: timestamp(now),
  } as const
  const comparedTo = comparedToOf(application)
  if (comparison.kind === 'failed') {
    const unresolved = sourcesOf(application).map(({ targetRevision }) => targetRevision ?? '')
    const before = conditions?.find(({ type, message }) => type === 'ComparisonError' && message === comparison.message)
    const lastTransitionTime = before?.lastTransitionTime ?? timestamp(now)
    return {
      ...status,
      sync: { status: 'Unknown', ...revisionsOf(application, unresolved), comparedTo },
      conditions: [{ type: 'ComparisonError', message: comparison.message, lastTransitionTime }],
    }
  }
  const { sourceTypes, revisions } = comparison
  const [sourceType] = sourceTypes
  return {
    ...status,
    ...(isMultiSource(application.spec) ? { sourceTypes } : sourceType === undefined ? {} : { sourceType }),
    sync: { status: isLive ? 'Synced' : 'OutOfSync', ...revisionsOf(application, revisions), comparedTo },
  }
}

/** The status when a sync begins. */
export function syncingStatus(status: Status, operation: Operation, now: Date): Status {
  return {
    ...status,
    operationState: {
      operation,
      phase: 'Running',
      message: 'one or more tasks are running',
      startedAt: timestamp(now),
    },
  }
}

/** The status when a sync was asked for that can't begin. */
export function refusedStatus(status: Status, { operation, message, now }: Refusal): Status {
  const at = timestamp(now)
  return { ...status, operationState: { operation, phase: 'Error', message, startedAt: at, finishedAt: at } }
}

interface Refusal {
  readonly operation: Operation
  readonly message: string
  readonly now: Date
}

/**
 * The status when a sync has been carried out: written down, but with sync and health still those of before, as Argo CD shows it for a moment.
 * An override from a file in git is in none of it.
 */
export function syncedStatus(application: Application, { revisions }: Compared, now: Date): Status {
  const { status = {} } = application
  const state = status.operationState
  if (state === undefined) return status
  const synced = syncedSources(application, revisions)
  const entry = {
    id: (status.history?.at(-1)?.id ?? -1) + 1,
    deployStartedAt: state.startedAt,
    deployedAt: timestamp(now),
    ...(state.operation.initiatedBy === undefined ? {} : { initiatedBy: state.operation.initiatedBy }),
    ...synced,
  }
  return {
    ...status,
    operationState: {
      ...state,
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      finishedAt: timestamp(now),
      syncResult: { revision: '', ...synced },
    },
    history: [...(status.history ?? []), entry].slice(-historyKept),
  }
}

/** The status while the new Pods start beside the old ones. */
export function rollingOutStatus(status: Status, images: readonly string[], now: Date): Status {
  const both = [...new Set([...(status.summary?.images ?? []), ...images])].toSorted()
  return {
    ...withSync(status),
    health: { status: 'Progressing', lastTransitionTime: timestamp(now) },
    summary: both.length === 0 ? {} : { images: both },
  }
}

/** The status once what was synced runs: only the new images, healthy. */
export function rolledOutStatus(status: Status, images: readonly string[], now: Date): Status {
  const lastTransitionTime = status.health?.status === 'Healthy' ? status.health.lastTransitionTime : timestamp(now)
  return {
    ...status,
    health: { status: 'Healthy', ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) },
    summary: images.length === 0 ? {} : { images },
  }
}

/** The same status, Synced. */
export const withSync = (status: Status): Status =>
  status.sync === undefined ? status : { ...status, sync: { ...status.sync, status: 'Synced' } }

/** The part of the spec that a comparison is made with. */
export function comparedToOf({ spec }: Application): ComparedTo {
  const { destination, ignoreDifferences, source, sources } = spec
  return {
    destination,
    ...(ignoreDifferences === undefined ? {} : { ignoreDifferences }),
    ...(isMultiSource(spec) ? { sources: sources ?? [] } : source === undefined ? {} : { source }),
  }
}

function revisionsOf(
  { spec }: Application,
  revisions: readonly string[],
): { revision?: string; revisions?: readonly string[] } {
  return isMultiSource(spec) ? { revisions } : { revision: revisions[0] ?? '' }
}

function syncedSources(application: Application, revisions: readonly string[]): Synced {
  const { source, sources } = application.spec
  if (isMultiSource(application.spec)) return { revisions, sources: sources ?? [] }
  return { ...revisionsOf(application, revisions), ...(source === undefined ? {} : { source }) }
}
