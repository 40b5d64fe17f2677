import type { StrategySpec } from '../../policy.ts'
import { noObjection, type Strategy } from './strategy.ts'

/** Images by their creation time. */
export const latest: Strategy<Extract<StrategySpec, { type: 'latest' }>> = {
  needs: 'createdAt',
  comparesText: false,
  objection: noObjection,
  compare: ({ createdAt: timeOfA = NaN }, { createdAt: timeOfB = NaN }) => {
    const difference = timeOfA - timeOfB
    return Number.isNaN(difference) ? undefined : difference
  },
  isSameBuild: (a, b) => a.digest !== undefined && a.digest !== '' && a.digest === b.digest,
}
