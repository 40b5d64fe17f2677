import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gitEnvironment } from '../servers/git/command.ts'
import { temporaryFolder } from '../servers/guard.ts'

const run = promisify(execFile)
const longest = 120_000

/** What the git command line took, the time of its processes included but not that of the server. */
export interface CommandTimes {
  readonly wallMs: number
  readonly cpuMs: number
}

/** Shallow clone, edit of these files, one commit, push: what a script would do. */
export async function cloneEditPush(url: string, paths: readonly string[], to: string): Promise<CommandTimes> {
  const folder = temporaryFolder('bench')
  try {
    await writeFile(join(folder.path, '.gitconfig'), '[user]\n\tname = A Script\n\temail = script@example.com\n')
    await writeFile(join(folder.path, 'paths'), paths.join('\n'))
    const script = `
      set -e
      cd "${folder.path}"
      TIMEFORMAT='%3R %3U %3S'
      time {
        git clone --quiet --depth 1 "${url}" clone
        cd clone
        xargs -a ../paths sed -i 's/value: .*/value: "${to}"/'
        git commit --quiet --all --message 'Update'
        git push --quiet
      }`
    const { stderr } = await run('bash', ['-c', script], { env: gitEnvironment(folder.path), timeout: longest })
    const [wall = NaN, user = NaN, system = NaN] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
    return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 }
  } finally {
    await folder.remove()
  }
}
