import { anonymousUrl, gitAddress } from './git-address.ts'

/**
 * A git repository's URL as Argo CD compares them (`util/git`, NormalizeGitURL): in lower case, without `.git`, and SSH
 * in one form. Slashes at the end do not count either.
 */
export function normaliseGitUrl(url: string): string {
  return inOneForm(url)
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
}

/** Whether two URLs name the same git repository, as Argo CD sees it. */
export function sameGitUrl(a: string, b: string): boolean {
  return normaliseGitUrl(a) === normaliseGitUrl(b)
}

/** Tells git repositories apart whoever looks at them, and however SSH is spelled: a user name in the URL does not count. */
export function gitRepositoryKey(url: string): string {
  const address = gitAddress(url)
  return normaliseGitUrl(address.ok ? anonymousUrl(address.value) : url)
}

/**
 * Whether a URL lies under a prefix as Argo CD matches its `repo-creds`: text before text, so that a slash at the end of
 * the prefix counts. Stricter in one thing: the host must be the same, for `https://git.example.co` is a prefix of
 * `https://git.example.com` too.
 */
export function isUnderGitUrl(url: string, prefix: string): boolean {
  const start = inOneForm(prefix).replace(/\.git$/, '')
  const whole = normaliseGitUrl(url)
  return hostOf(start) !== '' && hostOf(start) === hostOf(whole) && whole.startsWith(start)
}

function inOneForm(url: string): string {
  const lower = url.trim().toLowerCase()
  if (!isSsh(lower)) return lower
  return lower.startsWith('ssh://') ? lower.slice('ssh://'.length) : lower.replace(':', '/')
}

/** `ssh://host/path` or `user@host:path`. */
function isSsh(url: string): boolean {
  return /^(ssh:\/\/|[^/:]*@[^@]+$)/i.test(url)
}

function hostOf(normalised: string): string {
  return /^(?:https?:\/\/)?([^/?#]*)/.exec(normalised)?.[1] ?? ''
}
