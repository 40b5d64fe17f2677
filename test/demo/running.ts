import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What another process needs to know of a running demonstration. */
export interface Running {
  readonly pid: number
  /** Where images are pushed to, and how they are called there and in policies. */
  readonly pushUrl: string
  readonly repository: string
  readonly image: string
}

const fileName = 'demo.json'
const folderPrefix = 'image-update-operator-demo-'

/** Leaves word of a demonstration in its temporary folder. */
export async function announce(folder: string, running: Running): Promise<void> {
  await writeFile(join(folder, fileName), JSON.stringify(running))
}

/** The demonstration that was started last of those that run; undefined when none runs. */
export async function findRunning(): Promise<Running | undefined> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(folderPrefix))
  const found = await Promise.all(folders.map((name) => read(join(tmpdir(), name, fileName))))
  return found
    .filter((one) => one !== undefined)
    .toSorted((a, b) => b.since - a.since)
    .find(({ pid }) => isAlive(pid))
}

async function read(file: string): Promise<(Running & { readonly since: number }) | undefined> {
  try {
    return { ...(JSON.parse(await readFile(file, 'utf8')) as Running), since: (await stat(file)).mtimeMs }
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
