/** The short name of a branch from a name that may be full; undefined: the remote's HEAD is meant. */
export function requestedBranch(requested: string | undefined): string | undefined {
  if (requested === undefined || requested === '' || requested === 'HEAD') return undefined
  return requested.startsWith('refs/heads/') ? requested.slice('refs/heads/'.length) : requested
}

/** What a name that is no branch of the remote seems to be, as the end of a sentence. */
export function whatIsIt(name: string, refs: ReadonlyMap<string, string>): string {
  if (refs.has(`refs/tags/${name}`)) return 'is a tag'
  if (/^[0-9a-f]{40}$/.test(name)) return 'is a commit'
  if (/^[v=]?\d+(\.\d+)*(\.[x*])?$|[*^~<>|,]|\.x\b/i.test(name))
    return 'is no branch there; it looks like a version or a range'
  return 'is no branch there'
}
