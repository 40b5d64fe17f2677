/** Why a server did not take a push: somebody else was quicker (`race`), or it does not want it (`refusal`); undefined: its words do not tell. */
export type RefusalKind = 'race' | 'refusal' | undefined

const races: readonly RegExp[] = [
  // git: builtin/receive-pack.c, refs.c
  /failed to update ref/,
  /failed to (write|lock|transaction)/,
  /cannot lock ref/,
  /unable to (lock|create|resolve) .*(ref|lock)/,
  /is at [0-9a-f]+ but expected [0-9a-f]+/,
  /non-fast-forward/,
  /fetch first/,
  /stale info/,
  /(reference|ref) already exists/,
  /incorrect old value provided/,
  /missing necessary objects/,
  // JGit (Gerrit, Bitbucket's mirrors)
  /lock[ _]fail(ed|ure)/,
  /failed to lock/,
  // Azure DevOps
  /has already been updated by another client/,
]

// git: lockfile.c, refs/files-backend.c
const locks = /\.lock\b.*exists/is

// git, JGit, GitHub, GitLab, Gitea
const rewritings = /non-?fast-?forward|force.?push|rewrit/i

const refusals: readonly RegExp[] = [
  // git
  /hook declined/,
  /deny updating a hidden ref/,
  /branch is currently checked out/,
  /deletion prohibited/,
  /funny refname/,
  /shallow update not allowed/,
  /quota|disk|too large|exceeds|size limit|no space/i,
  /fsck|object .*: (missing|bad)/i,
  // GitHub
  /protected branch|GH0\d\d|rule violations|push declined/i,
  // GitLab
  /not allowed to push|pre-receive|read-only|archived/i,
  // Gitea, Forgejo
  /not allowed to push to protected branch/i,
  // Bitbucket
  /permission|denied|forbidden|only be (updated|changed) (via|by|through)|restricted/i,
  // Azure DevOps
  /TF402455|pull request/i,
  // Gerrit
  /prohibited by Gerrit|not permitted/i,
]

/** Tells a lost race from a refusal by the words for the ref (or for unpacking) in a server's report. A race comes first: hooks do not run for it. */
export function refusalKind(words: string): RefusalKind {
  if (races.some((pattern) => pattern.test(words))) return 'race'
  return refusals.some((pattern) => pattern.test(words)) ? 'refusal' : undefined
}

/**
 * What the words for a push that was not taken are about, beyond that: a `lock` on the ref, be it another push's or what a crash has
 * left; or `rewriting`, which the server does not want. Undefined: neither.
 */
export type RefusalTopic = 'lock' | 'rewriting' | undefined

/** Finds the topic in a server's words. */
export function topicOf(words: string): RefusalTopic {
  if (locks.test(words)) return 'lock'
  return rewritings.test(words) ? 'rewriting' : undefined
}
