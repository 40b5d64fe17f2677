import { fault, parsed, type Parsed } from './result.ts'

/** A repository of a registry. */
export interface Repository {
  /** As the user wrote it, without tag and digest. */
  readonly written: string
  /** `host[:port]` in lower case; `docker.io` for Docker Hub. */
  readonly registry: string
  /** Path within the registry; Docker Hub's official images have their `library/`. */
  readonly repository: string
}

/** A repository with a tag and/or a digest. */
export interface Reference {
  readonly repository: Repository
  readonly tag?: string
  readonly digest?: string
}

// The grammar of github.com/distribution/reference, with the lengths of the OCI distribution specification.
const hostPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const digestPattern = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/

const longestRepository = 255
const longestReference = 1_024
const dockerHub = 'docker.io'
const advice = 'write for example ghcr.io/acme/web'

/** Parses a repository. A tag or digest in it is a fault: which of them to use is what a policy finds out. */
export function parseRepository(text: string): Parsed<Repository> {
  const reference = parseReference(text)
  if (!reference.ok) return reference
  const { repository, tag, digest } = reference.value
  if (tag === undefined && digest === undefined) return parsed(repository)
  const extra = tag === undefined ? 'a digest' : `the tag ${tag}`
  return fault(`has ${extra}: write the repository alone, ${repository.written}`)
}

/** Parses `repository[:tag][@digest]`; Docker Hub's short names are allowed. Nothing is trimmed, and a tag is not made up. */
export function parseReference(text: string): Parsed<Reference> {
  if (text === '' || text.length > longestReference) return fault(`is no image repository: ${advice}`)
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0]
  if (scheme !== undefined) return fault(`is an address: write it without ${scheme}`)
  const { name, tag, digest } = split(text)
  if (digest !== undefined && !digestPattern.test(digest))
    return fault('has a malformed digest: write sha256: and 64 hex digits (0-9, a-f) after the @')
  if (tag !== undefined && !tagPattern.test(tag))
    return fault(
      'has a malformed tag: write up to 128 letters, digits, _, . and -, beginning with none of the last two',
    )
  const repository = repositoryOf(name)
  if (!repository.ok) return repository
  return parsed({
    repository: repository.value,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  })
}

/** Formats a reference with the repository as it was written: what {@link parseReference} read comes out unchanged. */
export function formatReference({ repository, tag, digest }: Reference): string {
  return repository.written + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`)
}

/** Whether two repositories are the same one, however they are written. */
export function sameRepository(a: Repository, b: Repository): boolean {
  return a.registry === b.registry && a.repository === b.repository
}

/** The last segment of the path: `web` of `ghcr.io/acme/web`. */
export function lastSegment({ repository }: Repository): string {
  return repository.slice(repository.lastIndexOf('/') + 1)
}

function split(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  const tagged = at < 0 ? text : text.slice(0, at)
  const colon = tagged.lastIndexOf(':')
  // A colon before a slash is a port's.
  if (colon <= tagged.lastIndexOf('/')) return { name: tagged, tag: undefined, digest }
  return { name: tagged.slice(0, colon), tag: tagged.slice(colon + 1), digest }
}

function repositoryOf(name: string): Parsed<Repository> {
  const { host, path } = splitHost(name)
  if (!hostPattern.test(host) || !isAddress(host)) return fault(`has a malformed host: ${advice}`)
  if (!pathPattern.test(path)) {
    const lower = name.slice(0, name.length - path.length) + path.toLowerCase()
    return pathPattern.test(path.toLowerCase())
      ? fault(`has upper-case letters in its path: write ${lower}`)
      : fault(`is no image repository: ${advice}`)
  }
  const registry = normalHost(host)
  const repository = registry === dockerHub && !path.includes('/') ? `library/${path}` : path
  if (repository.length > longestRepository) return fault(`is too long: write at most ${longestRepository} characters`)
  return parsed({ written: name, registry, repository })
}

/** The first segment is a host when it can't be a path (distribution's rule): it has a dot or a port, or is `localhost`. */
function splitHost(name: string): { host: string; path: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  const isHost = /[.:]/.test(first) || first === 'localhost'
  return isHost ? { host: first, path: name.slice(slash + 1) } : { host: dockerHub, path: name }
}

/** What looks like a host may be none: ports end with 65535, and what ends in a number is an IPv4 address. */
function isAddress(host: string): boolean {
  const [, name = '', port = '0'] = /^(.*?)(?::([0-9]+))?$/.exec(host) ?? []
  const parts = name.split('.')
  const isNumeric = /^[0-9]+$/.test(parts.at(-1) ?? '')
  return Number(port) <= 65_535 && (!isNumeric || (parts.length === 4 && parts.every((part) => Number(part) <= 255)))
}

function normalHost(host: string): string {
  const lower = host.toLowerCase()
  return lower === 'index.docker.io' ? dockerHub : lower
}
