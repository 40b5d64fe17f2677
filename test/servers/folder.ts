import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** All files below a folder as text, by path from it with "/" between the parts; `rewrite` may change each text, as when host names are replaced. */
export async function readFolder(
  folder: string,
  rewrite = (text: string) => text,
): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const read = async (path: string) =>
    [relative(folder, path).split(sep).join('/'), rewrite(await readFile(path, 'utf8'))] as const
  return Object.fromEntries(await Promise.all(paths.toSorted().map(read)))
}
