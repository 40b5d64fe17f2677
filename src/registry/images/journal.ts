import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of lines in a folder, perhaps of several operators. */
export interface Journal {
  /** All of it, '' where there is none. Clears away what a crash left. Rejects with an error that has a `code`. */
  read(): Promise<string>
  append(lines: readonly string[]): Promise<void>
  /** Whoever reads meanwhile gets the one or the other. */
  replace(lines: readonly string[]): Promise<void>
}

const mode = 0o600

/** Names it; the folder need not be there yet. */
export function openJournal(folder: string, name: string): Journal {
  const path = join(folder, name)
  const isLeftOver = (file: string): boolean => file.startsWith(`${name}.`) && file.endsWith('.new')

  /** Of what can't be written, such as a folder lent for reading alone, the rest is read all the same. */
  async function clearAway(files: readonly string[]): Promise<void> {
    await Promise.allSettled(files.map((file) => rm(join(folder, file), { force: true })))
  }

  async function read(): Promise<string> {
    try {
      await clearAway((await readdir(folder)).filter(isLeftOver))
      return await readFile(path, 'utf8')
    } catch (cause) {
      // No folder yet, or something else in its place, of which writing will tell.
      if (cause instanceof Error && 'code' in cause && ['ENOENT', 'ENOTDIR'].includes(String(cause.code))) return ''
      throw cause
    }
  }

  async function append(lines: readonly string[]): Promise<void> {
    await mkdir(folder, { recursive: true })
    // The first line end sets apart what a crash left unfinished.
    await appendFile(path, `\n${lines.join('\n')}\n`, { mode })
  }

  /** Under a name of its own: another operator may do the same. */
  async function replace(lines: readonly string[]): Promise<void> {
    const half = `${path}.${randomUUID()}.new`
    try {
      await writeFile(half, `${lines.join('\n')}\n`, { mode })
      await rename(half, path)
    } catch (cause) {
      await rm(half, { force: true })
      throw cause
    }
  }

  return { read, append, replace }
}
