const longest = 4096

/**
 * What keeps a path from being one inside a repository, as the end of a sentence; undefined: it is one. Paths are
 * relative to the repository's root. Besides `..` this refuses every spelling of `.git` that some file system takes for it.
 */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (path.length > longest) return `is longer than ${longest} characters`
  if (path.startsWith('/')) return 'is absolute'
  if (/[\p{Cc}\\]/u.test(path)) return 'contains a control character or a backslash'
  const segments = path.split('/')
  if (segments.includes('')) return 'contains an empty segment'
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'contains "." or ".." as a segment'
  if (segments.some(isGitFolder)) return 'contains ".git"'
  return undefined
}

/** As git's own verify_path: HFS+ ignores some characters, NTFS ignores dots and spaces at the end and knows short names. */
function isGitFolder(segment: string): boolean {
  const name = segment.replaceAll(/\p{Cf}/gu, '').toLowerCase()
  return /^(\.git|git~1)([. ]*$|:)/.test(name)
}
