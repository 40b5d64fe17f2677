import { LRUCache } from 'lru-cache'
import { steadily } from './steady-clock.ts'

/** How much a host is asked. */
export interface HostLimits {
  /** Requests side by side. */
  readonly atOnce: number
  /** Requests a second in the long run; Infinity: as many as there are. */
  readonly perSecond: number
  /** Requests that may go out without a pause after a quiet time. */
  readonly burst: number
}

/** Spreads the requests to each host over time, as a token bucket does. */
export interface HostPace {
  /** Fulfilled when the next request may go out. */
  turn(host: string): Promise<void>
  /** Lets nothing out for so many ms, and no burst afterwards. */
  hold(host: string, ms: number): void
  /** The host finds us too fast: half the pace from now on, until it was content for some time. */
  slow(host: string): void
}

/** What a pace needs; `now` is in ms since the epoch. */
export interface HostPaceOptions {
  readonly limits: (host: string) => HostLimits
  readonly now: () => number
  readonly pause: (milliseconds: number) => Promise<unknown>
}

interface Bucket {
  /** When the bucket would be full if nothing were asked any more (the "theoretical arrival time" of GCRA). */
  fullAt: number
  /** The share of the pace that the host was seen to take. */
  share: number
  slowedAt: number
}

const mostHosts = 1_000
const leastShare = 1 / 32
/** Many requests that were under way together are slowed down for once. */
const slowedAgainAfter = 1_000
const contentAfter = 10 * 60_000

/** Makes a pace for all hosts. */
export function createHostPace({ limits, now: clock, pause }: HostPaceOptions): HostPace {
  const now = steadily(clock)
  const buckets = new LRUCache<string, Bucket>({ max: mostHosts })

  function bucketOf(host: string): Bucket {
    const bucket = buckets.get(host) ?? { fullAt: 0, share: 1, slowedAt: 0 }
    buckets.set(host, bucket)
    while (bucket.share < 1 && now() - bucket.slowedAt >= contentAfter) {
      bucket.share *= 2
      bucket.slowedAt += contentAfter
    }
    return bucket
  }

  /** Ms from one request to the next, and how far requests may run ahead of that. */
  function stepOf(host: string, { share }: Bucket): { step: number; ahead: number } {
    const { perSecond, burst } = limits(host)
    const step = 1000 / (perSecond * share)
    return { step, ahead: step * (Math.max(1, burst * share) - 1) }
  }

  return {
    turn: async (host) => {
      const bucket = bucketOf(host)
      const { step, ahead } = stepOf(host, bucket)
      const begin = Math.max(bucket.fullAt, now())
      bucket.fullAt = begin + step
      const wait = begin - ahead - now()
      if (wait > 0) await pause(wait)
    },
    hold: (host, ms) => {
      const bucket = bucketOf(host)
      bucket.fullAt = Math.max(bucket.fullAt, now() + ms + stepOf(host, bucket).ahead)
    },
    slow: (host) => {
      const bucket = bucketOf(host)
      if (now() - bucket.slowedAt < slowedAgainAfter) return
      bucket.share = Math.max(bucket.share / 2, leastShare)
      bucket.slowedAt = now()
      bucket.fullAt = Math.max(bucket.fullAt, now() + stepOf(host, bucket).ahead)
    },
  }
}
