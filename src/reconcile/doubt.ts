import type { Scanned } from './scan-image.ts'
import type { Run } from './run.ts'
import type { Count } from './runtime-memory.ts'

/**
 * Says what is doubtful about a scan: a list that lost more than half of its tags is not believed until the next scan agrees
 * (docs/reasons.md, gate `ScanSuspicious`). Undefined: nothing is. `clock` tells ms since the epoch.
 */
export function doubtAbout(run: Run, { question, scan }: Scanned, clock: () => number): string | undefined {
  if (scan === undefined) return undefined
  const { runtime } = run
  const count: Count = { question, tags: scan.tags.length, at: clock() }
  const believed = runtime.believed?.question === question ? runtime.believed.tags : run.memory.tags
  const doubted = runtime.doubted?.question === question ? runtime.doubted : undefined
  if (believed === undefined || !isShrunk(believed, count.tags) || isConfirmed(run, doubted, count)) {
    runtime.believed = count
    runtime.doubted = undefined
    return undefined
  }
  // The same answer, looked at again, says nothing new.
  if (doubted === undefined || isNext(run, doubted)) runtime.doubted = count
  return `the repository had ${believed} tags and has ${count.tags} now: not believed until the next scan agrees`
}

function isConfirmed(run: Run, doubted: Count | undefined, { tags }: Count): boolean {
  if (doubted === undefined) return wasDoubted(run)
  return isNext(run, doubted) && !isShrunk(doubted.tags, tags)
}

/** By a former process, as the status tells: a hold of whatever the scan would bring names no tag. */
function wasDoubted({ previous: { pending } }: Run): boolean {
  return pending?.tag === undefined && pending?.heldBy.some(({ gate }) => gate === 'ScanSuspicious') === true
}

/** Whether a run takes only answers that came after a count. */
function isNext({ notBefore }: Run, { at }: Count): boolean {
  return notBefore > at
}

function isShrunk(before: number, now: number): boolean {
  return 2 * now < before
}
