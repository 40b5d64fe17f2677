import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where built programs are kept between runs: `$XDG_CACHE_HOME` or `~/.cache`, and `image-update-operator` in it. */
export function cacheFolder(): string {
  const home = process.env['XDG_CACHE_HOME']
  // The XDG specification has relative values ignored.
  return join(home?.startsWith('/') ? home : join(homedir(), '.cache'), 'image-update-operator')
}

/** A short name for what a folder's files and the given settings make together: the same for the same bytes. */
export async function cacheKey(folder: string, settings: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const name of (await readdir(folder)).toSorted()) {
    const content = await readFile(join(folder, name))
    hash.update(`\n${name} ${content.length}\n`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}
