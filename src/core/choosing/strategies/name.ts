import { compareBytes } from '../../text/compare-bytes.ts'
import type { StrategySpec } from '../../policy.ts'
import { noObjection, type Strategy } from './strategy.ts'

/** Tags, or what `extract` takes out of them, by their bytes: `v9` comes after `v10`. */
export const name: Strategy<Extract<StrategySpec, { type: 'name' }>> = {
  needs: 'tags',
  comparesText: true,
  objection: noObjection,
  compare: (a, b) =>
    a.comparable === undefined || b.comparable === undefined ? undefined : compareBytes(a.comparable, b.comparable),
}
