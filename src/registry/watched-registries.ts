import type { Logger } from '../log.ts'
import { createRegistries, noRegistries, type Registries } from './registries.ts'
import { readRegistries } from './registries-file.ts'

/** The registries as the file has them now, or had them when it was last without fault. */
export interface WatchedRegistries {
  current(): Registries
  /** Looks no more. */
  close(): Promise<void>
}

/** What watching needs. */
export interface WatchOptions {
  /** Undefined: there is no file. */
  readonly file: string | undefined
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Told each time that the file, or one that it names, holds something else. */
  readonly onChecked?: ((valid: boolean) => void) | undefined
  /** Milliseconds from one look to the next. */
  readonly every?: number
}

/** Volumes of ConfigMaps and Secrets change by a link that is put to another place, which tells no watcher of the file. */
const usuallyEvery = 10_000

/** Reads the file and goes on looking. Throws an Error with all faults when it can't be used from the first: there are no older settings to go on with. */
export async function watchRegistries(options: WatchOptions): Promise<WatchedRegistries> {
  const { file, log, onChecked, every = usuallyEvery } = options
  if (file === undefined) return { current: () => noRegistries, close: () => Promise.resolve() }
  const first = await readRegistries(file)
  if (first.faults.length > 0) throw new Error(['the registries file has faults:', ...first.faults].join('\n  '))
  onChecked?.(true)
  let { mark } = first
  let registries = createRegistries(first.settings)
  let looking = Promise.resolve()

  async function look(path: string): Promise<void> {
    const { mark: seen, faults, settings } = await readRegistries(path)
    if (seen === mark) return
    mark = seen
    onChecked?.(faults.length === 0)
    if (faults.length > 0) return log.error('the registries file has faults; what it said before holds', { faults })
    registries = createRegistries(settings)
    log.info('the registries file was read anew', { registries: settings.length })
  }

  const timer = setInterval(() => {
    looking = looking.then(() => look(file))
  }, every).unref()
  return {
    current: () => registries,
    close: async () => {
      clearInterval(timer)
      await looking
    },
  }
}
