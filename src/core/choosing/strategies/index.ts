import type { Choice } from '../candidate.ts'
import { compareBytes } from '../../text/compare-bytes.ts'
import type { PolicySpec, StrategySpec } from '../../policy.ts'
import { comparableOf } from '../tag-filter.ts'
import { parseVersion } from '../version.ts'
import { digest } from './digest.ts'
import { latest } from './latest.ts'
import { name } from './name.ts'
import { numerical } from './numerical.ts'
import { semver } from './semver.ts'
import type { Contender, Needs, Strategy } from './strategy.ts'

type Table = { readonly [T in StrategySpec['type']]: Strategy<Extract<StrategySpec, { type: T }>> }

const strategies: Table = { semver, latest, digest, name, numerical }

/** The strategy of a spec. */
export function strategyFor({ type }: StrategySpec): Strategy<StrategySpec> {
  return strategies[type]
}

/** What a strategy needs to know of the registry; nothing more is to be asked. */
export function needsOf(spec: StrategySpec): Needs {
  return strategies[spec.type].needs
}

/** Orders candidates completely: by the strategy, then by the tag's bytes. Undefined where the strategy can't rank one of them. */
export function order(spec: StrategySpec, a: Contender, b: Contender): number | undefined {
  const byStrategy = strategyFor(spec).compare(a, b)
  return byStrategy === 0 ? compareBytes(a.tag, b.tag) : byStrategy
}

/**
 * Ranks two choices by the order of the policy's strategy: negative when `a` is below `b`. Tags that stand somewhere now
 * may be unknown to the registry or filtered out. Undefined: one of them can't be ranked (no version, no creation time, strategy `digest`).
 */
export function ranks(spec: PolicySpec, a: Choice, b: Choice): number | undefined {
  if (strategyFor(spec.strategy).isSameBuild?.(a, b) === true) return 0
  return order(spec.strategy, contenderOf(spec, a), contenderOf(spec, b))
}

function contenderOf({ filters }: PolicySpec, { tag, digest: pinned, createdAt }: Choice): Contender {
  const comparable = comparableOf(tag, filters)
  return { tag, comparable, version: parseVersion(comparable ?? ''), digest: pinned, createdAt }
}
