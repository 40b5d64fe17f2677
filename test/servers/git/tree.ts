/** The files of one commit as text, by path from the repository's root. */
export interface GitTree {
  readonly commit: string
  readonly files: ReadonlyMap<string, string>
}

type Git = (command: readonly string[], input?: string) => Promise<Buffer>

/** Reads all regular files of a commit with two runs of git. Symbolic links and submodules are left out. */
export async function readCommit(commit: string, git: Git): Promise<GitTree> {
  const listed = (await git(['ls-tree', '-r', '-z', '--full-tree', commit])).toString('utf8')
  const blobs = listed.split('\0').flatMap(parseEntry)
  const printed = await git(['cat-file', '--batch'], blobs.map(({ oid }) => `${oid}\n`).join(''))
  const files = new Map<string, string>()
  let at = 0
  for (const { path } of blobs) {
    const headerEnd = printed.indexOf(0x0a, at)
    const size = Number(printed.toString('utf8', at, headerEnd).split(' ')[2])
    files.set(path, printed.toString('utf8', headerEnd + 1, headerEnd + 1 + size))
    at = headerEnd + 1 + size + 1
  }
  return { commit, files }
}

function parseEntry(entry: string): { oid: string; path: string }[] {
  const [, oid, path] = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? []
  return oid === undefined || path === undefined ? [] : [{ oid, path }]
}
