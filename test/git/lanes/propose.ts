import type { LaneEdit } from '../../../src/git/lanes/plan-commits.ts'
import { setTag } from '../world.ts'

/** The branch that is pushed to unless a test says another. */
export const pushBranch = 'image-updates/web'

/** What was decided upon, and where it goes. */
interface Options {
  readonly base?: string
  readonly seen?: string
  readonly application?: string
  readonly on?: string
  readonly onlyOurs?: boolean
}

/** Sets a tag on the push branch; `seen` is what was decided upon there, `base` on the base. */
export function propose(path: string, to: string, options: Options = {}): LaneEdit {
  const { base, seen, application = 'web', on = pushBranch, onlyOurs = false } = options
  const from = seen ?? base
  const edit = setTag(path, to, { ...(from === undefined ? {} : { from }), application })
  const anew = setTag(path, to, { ...(base === undefined ? {} : { from: base }), application }).edit
  return { ...edit, push: { branch: on, anew: seen === undefined ? undefined : anew, onlyOurs } }
}
