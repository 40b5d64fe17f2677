import type { Rejection } from './candidate.ts'
import { compareBytes } from '../text/compare-bytes.ts'
import { hasGates, holdsOn, type GateFacts, type Hold } from './gates.ts'
import type { PolicySpec, StrategySpec } from '../policy.ts'
import { order, strategyFor } from './strategies/index.ts'
import type { Contender } from './strategies/strategy.ts'

/** A tag that would be chosen if nothing held it back. */
export interface Waiting {
  readonly tag: string
  readonly digest: string | undefined
  readonly holds: readonly Hold[]
  /** When a tag that ranks above the choice may be chosen next (ms since the epoch); undefined: no clock decides. */
  readonly nextAt: number | undefined
}

/** What came out on top. */
export interface Best {
  readonly contender: Contender | undefined
  /** Those above it that are held back. */
  readonly rejected: readonly Rejection[]
  /** The highest of them. */
  readonly waiting: Waiting | undefined
  /** What has to be known of these tags first; until then nothing is chosen. */
  readonly wanted: readonly string[]
}

/** How contenders are judged. `asks`: what is not known of a tag can be asked for. */
export interface Judging extends GateFacts {
  /** How many tags may be asked about next; 0: none, what is not known is not judged. */
  readonly asks: number
}

const nothing: Best = { contender: undefined, rejected: [], waiting: undefined, wanted: [] }
/**
 * Finds the best contender that nothing holds back: gates are tried from the top down, so that a tag that waits does not keep the next one
 * from being chosen, and of those below the choice nothing needs to be known.
 */
export function bestOf(spec: PolicySpec, contenders: readonly Contender[], judging: Judging): Best {
  if (!hasGates(spec)) return { ...nothing, contender: highest(spec.strategy, contenders) }
  const ranked = contenders.toSorted((a, b) => order(spec.strategy, b, a) ?? 0)
  const held: { readonly contender: Contender; readonly holds: readonly Hold[] }[] = []
  for (const [rank, contender] of ranked.entries()) {
    if (isUnknown(contender, spec, judging)) {
      const unknown = ranked.slice(rank).filter((each) => isUnknown(each, spec, judging))
      return { ...nothing, wanted: unknown.slice(0, judging.asks).map(({ tag }) => tag) }
    }
    const holds = holdsOn(contender, spec, judging)
    if (holds.length > 0) held.push({ contender, holds })
    else return found(greatestFree(spec, ranked.slice(rank), judging), held)
  }
  return found(undefined, held)
}

/** The first is the choice; another name of its build may be greater, and free as well. */
function greatestFree(spec: PolicySpec, contenders: readonly Contender[], judging: Judging): Contender | undefined {
  const [best] = contenders
  if (best === undefined || strategyFor(spec.strategy).isSameBuild === undefined) return best
  const free = contenders.filter((contender) => holdsOn(contender, spec, judging).length === 0)
  return greatestName(spec.strategy, best, free)
}

function isUnknown({ tag }: Contender, { platforms }: PolicySpec, { asks, metadata }: Judging): boolean {
  return asks > 0 && platforms.length > 0 && !metadata.has(tag)
}

function found(
  contender: Contender | undefined,
  held: readonly { readonly contender: Contender; readonly holds: readonly Hold[] }[],
): Best {
  const [first] = held
  const times = held.flatMap(({ holds }) => openingOf(holds) ?? [])
  return {
    contender,
    rejected: held.flatMap(({ contender: { tag }, holds: [hold] }) =>
      hold === undefined ? [] : [{ tag, reason: hold.reason, message: hold.message }],
    ),
    waiting: first && {
      tag: first.contender.tag,
      digest: first.contender.digest,
      holds: first.holds,
      // A list may be too long to be arguments.
      nextAt: times.length === 0 ? undefined : times.reduce((least, time) => Math.min(least, time)),
    },
    wanted: [],
  }
}

/** When the last of a tag's gates opens; undefined where one of them waits for no clock. */
function openingOf(holds: readonly Hold[]): number | undefined {
  const times = holds.map(({ until = Number.NaN }) => until)
  const last = Math.max(...times)
  return Number.isNaN(last) ? undefined : last
}

function highest(strategy: StrategySpec, contenders: readonly Contender[]): Contender | undefined {
  let [best] = contenders
  if (best === undefined) return undefined
  for (const contender of contenders) {
    if ((order(strategy, contender, best) ?? 0) > 0) best = contender
  }
  return greatestName(strategy, best, contenders)
}

/** Several tags may name one build; the greatest of them is published. */
function greatestName(strategy: StrategySpec, best: Contender, contenders: readonly Contender[]): Contender {
  const { isSameBuild } = strategyFor(strategy)
  if (isSameBuild === undefined) return best
  let greatest = best
  for (const contender of contenders) {
    if (isSameBuild(contender, best) && compareBytes(contender.tag, greatest.tag) > 0) greatest = contender
  }
  return greatest
}
