import { existsSync } from 'node:fs'
import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { startProgress, type Progress } from './build-progress.ts'
import { isFileError, withLock } from './build-lock.ts'
import { cacheFolder, cacheKey } from './cache.ts'
import type { GoModule } from './go-modules.ts'
import { findProgram } from './find-program.ts'
import { guardPath, releasePath } from './guard.ts'
import { startProcess, type ProcessOptions } from './process.ts'

/**
 * The folder that holds a module's programs, built into the cache if they are not there yet (minutes, shown on standard
 * error; processes that want the same at the same time wait for one of them). `instead` finishes the sentence that
 * somebody without Go is told: "Install Go 1.26 or newer, or <instead>."
 */
export async function builtPrograms(module: GoModule, instead: string): Promise<string> {
  const settings = [module.programs, buildFlags(module), platform()]
  const folder = join(cacheFolder(), `${module.name}-${await cacheKey(module.folder, settings)}`)
  if (existsSync(folder)) return folder
  const go = await findProgram('go')
  if (go === undefined) {
    throw new Error(
      `${module.programs.join(', ')}: not found, and there is no Go to build from source. Install Go 1.26 or newer, or ${instead}.`,
    )
  }
  await mkdir(cacheFolder(), { recursive: true })
  const progress = startProgress(`building ${module.programs.join(', ')}, this once`)
  const build = async (): Promise<void> => {
    if (!existsSync(folder)) await buildInto(folder, module, { go, progress })
  }
  try {
    await withLock(`${folder}.lock`, build, () => progress.show('another process is at it, waiting'))
    progress.end('done')
  } catch (error) {
    progress.end('failed')
    throw error
  }
  return folder
}

interface Builder {
  readonly go: string
  readonly progress: Progress
}

async function buildInto(folder: string, module: GoModule, builder: Builder): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  const scratch = `${unfinished}.scratch`
  const [binary, ...otherNames] = module.programs
  for (const path of [unfinished, scratch]) guardPath(path)
  try {
    for (const path of [unfinished, scratch]) await mkdir(path, { recursive: true })
    await compile(module, join(unfinished, binary), { ...builder, scratch })
    for (const name of otherNames) await symlink(binary, join(unfinished, name))
    await putInPlace(unfinished, folder)
  } finally {
    for (const path of [unfinished, scratch]) {
      await rm(path, { recursive: true, force: true })
      releasePath(path)
    }
  }
}

/** If another process was faster, what it made is as good. */
async function putInPlace(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder)
  } catch (error) {
    if (!isFileError(error, 'ENOTEMPTY') && !isFileError(error, 'EEXIST')) throw error
  }
}

interface Workshop extends Builder {
  /** Where Go keeps what it leaves behind when it is ended in the middle. */
  readonly scratch: string
}

async function compile(module: GoModule, output: string, { go, progress, scratch }: Workshop): Promise<void> {
  const flags = buildFlags(module)
  progress.show('asking for the modules')
  let fetched = 0
  let total = 0
  await runGo({
    name: `go list in ${module.folder}`,
    command: go,
    args: ['list', ...flags, '-deps', '-f', '{{if .Stale}}stale {{.ImportPath}}{{end}}', '.'],
    cwd: module.folder,
    scratch,
    onLine: (line) => {
      if (line.startsWith('stale ')) total++
      if (line.startsWith('go: downloading ')) progress.show(`fetched ${++fetched} modules`)
    },
  })
  let done = 0
  await runGo({
    name: `go build in ${module.folder}`,
    command: go,
    args: ['build', '-v', ...flags, '-o', output, '.'],
    cwd: module.folder,
    scratch,
    onLine: () => progress.show(`${Math.min(++done, total)} of ${total} packages`),
  })
}

async function runGo({ scratch, ...options }: ProcessOptions & { readonly scratch: string }): Promise<void> {
  const child = await startProcess({
    ...options,
    env: { ...process.env, GOWORK: 'off', CGO_ENABLED: '0', GOTMPDIR: scratch, ...platform() },
  })
  const { code } = await child.exited
  if (code !== 0) throw new Error(`${options.name} failed:\n${child.log().slice(-4_000)}`)
}

function buildFlags({ linkerFlags }: GoModule): readonly string[] {
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=-s -w ${linkerFlags.join(' ')}`]
}

/** Go's words for the machine that the programs are to run on, whatever the person's environment compiles for. */
function platform(): { readonly GOOS: string; readonly GOARCH: string } {
  return { GOOS: process.platform, GOARCH: process.arch === 'x64' ? 'amd64' : process.arch }
}
