import { valuesEdit } from '../../src/core/targets/helm-values.ts'
import type { GitAccess } from '../../src/git/access.ts'
import type { GitRepositories } from '../../src/git/repositories.ts'
import { plainTexts } from '../../src/writeback/targets/texts.ts'
import { textEdit } from '../../src/writeback/text-edit.ts'
import { createThreadedWork } from '../../src/writeback/thread/threaded-work.ts'
import { placeOf } from './git-places.ts'

/** Where the large file stands. */
export const largePath = 'values.yaml'

const work = createThreadedWork()
const app = { name: 'web', folder: '' }
const place = { path: largePath, target: placeOf(app).target, createKeys: false }

/** Reads the large file, changes it and pushes it, as a run does; answers the longest block of the event loop, in ms of CPU. */
export async function updateLarge(git: GitRepositories, access: GitAccess, to: string): Promise<number> {
  const watch = watchTurns()
  const { tip } = await git.tip(access, 'main', { notBefore: Date.now() })
  const files = plainTexts(await git.read(access, tip, [largePath]))
  const state = await work.do(largePath, 'readValues', place, files)
  if (state.kind === 'failed') throw new Error(state.message)
  const result = await git.submit(access, 'main', {
    edit: textEdit(valuesEdit(place, { to, decidedUpon: state }), work),
    change: {
      policy: 'argocd/web',
      application: { namespace: 'argocd', name: app.name },
      image: place.target.image.written,
      from: state.value,
      to,
      carried: [],
    },
    message: undefined,
  })
  if (result.kind !== 'pushed') throw new Error(`${largePath}: ${result.kind}`)
  return watch.longest()
}

/** Ends the thread. */
export function closeLarge(): Promise<void> {
  return work.close()
}

/** Takes this thread's own time, which does not grow when others use the machine as well. */
function watchTurns() {
  let longest = 0
  let before = process.threadCpuUsage()
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.threadCpuUsage()
  }
  const timer = setInterval(look, 1)
  return {
    longest(): number {
      clearInterval(timer)
      look()
      return longest
    },
  }
}
