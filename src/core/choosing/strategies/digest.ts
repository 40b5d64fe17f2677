import type { StrategySpec } from '../../policy.ts'
import type { Strategy } from './strategy.ts'

/** The one tag of `constraints.tag`; which of two digests is newer nobody can tell. */
export const digest: Strategy<Extract<StrategySpec, { type: 'digest' }>> = {
  needs: 'digest',
  comparesText: false,
  objection: ({ tag }, spec) =>
    tag === spec.tag ? undefined : { reason: 'OtherTag', message: `is not ${spec.tag}, the tag to follow` },
  compare: () => undefined,
}
