/** A file's new text, or text and mode (an executable, a symbolic link); undefined takes the file away. */
type FileChange = string | { readonly text: string; readonly mode: '100644' | '100755' | '120000' } | undefined

/** Changes by path from the repository's root. */
export type Files = Readonly<Record<string, FileChange>>

/** What a commit says beside its files; `seconds` since 1970, `author` is "Name <address>". */
export interface CommitWords {
  readonly branch: string
  readonly author: string
  readonly message: string
  readonly seconds: number
}

/** What the commit stands on: its parent, and the modes of the files that are there already. */
export interface CommitBase {
  readonly parent: string | undefined
  readonly modes: ReadonlyMap<string, string>
}

const inline = (content: string) => `data ${Buffer.byteLength(content)}\n${content}\n`

/** The commit as a stream for `git fast-import`, which answers with its object id. A file keeps its mode unless the change names one. */
export function formatCommit(
  changes: Files,
  { branch, author, message, seconds, parent, modes }: CommitWords & CommitBase,
): string {
  const files = Object.entries(changes).map(([path, change]) => {
    if (change === undefined) return `D ${path}\n`
    const { text, mode } = typeof change === 'string' ? { text: change, mode: modes.get(path) ?? '100644' } : change
    return `M ${mode} inline ${path}\n${inline(text)}`
  })
  return [
    `commit refs/heads/${branch}\nmark :1\n`,
    `author ${author} ${seconds} +0000\ncommitter ${author} ${seconds} +0000\n`,
    inline(message),
    parent === undefined ? '' : `from ${parent}\n`,
    ...files,
    '\nget-mark :1\ndone\n',
  ].join('')
}
