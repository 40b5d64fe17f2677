import { LRUCache } from 'lru-cache'
import { standingOf, type Standing, type StandingOf } from '../../core/git/standing.ts'
import type { LaneBranches } from '../access.ts'
import { createFixedTips, type FixedTips } from './fixed-tips.ts'
import { sealOf } from '../objects/commit-object.ts'
import type { ObjectSource } from '../objects/object-source.ts'
import type { RepositoryObjects } from '../objects/repository-objects.ts'

/** A push branch as it stands; `fixed`: the server has shown that it lets nobody rewrite it. */
export interface BranchStanding extends Standing {
  readonly fixed: boolean
}

/** Whose commits stand on push branches: looked at once for each tip. */
export interface Standings {
  at(tip: string, lane: LaneBranches): Promise<BranchStanding>
  readonly fixed: FixedTips
}

const mostStandings = 1_000
/** Characters of messages: hundreds of commits may wait on each branch, and each push makes another tip of it. */
const mostText = 8 * 1024 * 1024
// How many commits may wait on a branch that is still known as ours: a policy may have 500 Applications, each with a commit of its own.
const searchedCommits = 600

/** Opens the standings of one repository; `now` in ms. */
export function openStandings(objects: Pick<RepositoryObjects, 'using'>, now: () => number): Standings {
  const known = new LRUCache<string, Standing>({ max: mostStandings, maxSize: mostText, sizeCalculation: textIn })
  const fixed = createFixedTips(now)
  return {
    fixed,
    at: (tip, { base, push = '' }) =>
      objects.using(async (source) => {
        const of = { branch: push, base }
        const key = JSON.stringify([tip, of])
        const standing = known.get(key) ?? (await look(source, tip, of))
        known.set(key, standing)
        // Servers of old hand out by itself only what a branch points to: the fork is had as what is below the tip.
        if (standing.fork !== undefined) await source.history(tip, standing.messages.length + 1)
        return { ...standing, fixed: fixed.at(push, tip) !== undefined }
      }),
  }
}

function textIn({ messages }: Standing): number {
  return messages.reduce((sum, { length }) => sum + length, 1)
}

async function look(source: Pick<ObjectSource, 'history'>, tip: string, of: StandingOf): Promise<Standing> {
  // Mostly it is a single commit, which is here already: it is read together with its files.
  const last = standingOf(await historyOf(source, tip, 1), tip, of)
  return last.fork === undefined ? standingOf(await historyOf(source, tip, searchedCommits), tip, of) : last
}

async function historyOf(source: Pick<ObjectSource, 'history'>, tip: string, count: number) {
  return (await source.history(tip, count)).map((commit) => ({ ...commit, seal: sealOf(commit) }))
}
