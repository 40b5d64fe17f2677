import { createHash } from 'node:crypto'
import { reasons } from '../../api/conditions.ts'
import type { Secret } from '../../core/secret.ts'
import { ReconcileError } from '../../errors.ts'
import { parseDockerConfig, type DockerEntry } from './docker-config.ts'
import { isKeyFor, isSameHost, normalisedKey } from './registry-key.ts'

/** User name and password for a registry. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** What may be shown to a registry: a login; a token for its token server, which gives others for it; or one for the registry itself. */
export type Credentials =
  | Login
  | { readonly username: string; readonly identityToken: string }
  | { readonly registryToken: string }

const hostAnnotation = 'imageupdate.dev/host'
const argocdLabel = 'argocd.argoproj.io/secret-type'
const configKeys: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
  ['kubernetes.io/dockercfg', '.dockercfg'],
])

/** What a Secret holds for a repository, as `matchingIn`, and what to try first first; throws also when it holds nothing for that host. */
export function credentialsFor(secret: Secret, host: string, repository: string): readonly Credentials[] {
  const all = matchingIn(secret, { host, repository })
  if (all.length === 0) throw refused(`${nameOf(secret)} has no credentials for ${host}`)
  return all.map(({ credentials }) => credentials)
}

/** What a Secret holds for a repository, as `findCredentials`; throws also when all that it holds for it can't be used. */
export function matchingIn(secret: Secret, repository: Located): readonly Matching[] {
  const found = findCredentials(secret, repository)
  switch (found.kind) {
    case 'found':
      return found.all
    case 'unreadable': {
      const { host } = repository
      throw refused(`${nameOf(secret)} has no credentials for ${host} that can be used: its entry ${found.why}`)
    }
    case 'none':
      return []
  }
}

/**
 * What a Secret holds for a repository: the entries of a docker configuration that match it, the one with the longest path first, or user name and password for the
 * host that the annotation `imageupdate.dev/host` names. Throws a ReconcileError that says what to change when it is no Secret for registries,
 * or is Argo CD's own.
 */
export function findCredentials(secret: Secret, repository: Located): FoundCredentials {
  const name = nameOf(secret)
  if (argocdLabel in secret.labels)
    throw refused(`${name} is Argo CD's own (label ${argocdLabel}) and is never used for a registry; make another one`)
  const configKey = configKeys.get(secret.type)
  if (configKey !== undefined) {
    const entries = parseDockerConfig(textOf(secret, configKey, name))
    if (entries === undefined) throw refused(`${name} does not hold a docker configuration in JSON`)
    return credentialsIn(entries, repository)
  }
  if (['Opaque', 'kubernetes.io/basic-auth', ''].includes(secret.type))
    return { kind: 'found', all: [{ key: repository.host, credentials: fromLogin(secret, repository.host, name) }] }
  throw refused(
    `${name} is of type ${secret.type}; registry.secretRef takes kubernetes.io/dockerconfigjson, kubernetes.io/basic-auth or Opaque with username and password`,
  )
}

function nameOf({ namespace, name }: Secret): string {
  return `Secret ${namespace}/${name}`
}

/** Where a repository is. */
export interface Located {
  readonly host: string
  readonly repository: string
}

/** Credentials, and by which key they match: `host[:port][/path]`. */
export interface Matching {
  readonly key: string
  readonly credentials: Credentials
}

/** What a docker configuration has for a repository. */
export type FoundCredentials =
  | { readonly kind: 'found'; readonly all: readonly [Matching, ...Matching[]] }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'none' }

/** Looks for the entries that match, the one with the longest path first; one that can't be read does not keep from the others. */
export function credentialsIn(entries: readonly DockerEntry[], { host, repository }: Located): FoundCredentials {
  const matching = entries
    .map((entry) => ({ entry, key: normalisedKey(entry.key) }))
    .filter(({ key }) => isKeyFor(key, host, repository))
  const [first, ...more] = asKubelet(
    matching.flatMap(({ entry, key }) => {
      const credentials = credentialsOf(entry)
      return credentials === undefined ? [] : [{ key, credentials }]
    }),
  )
  if (first !== undefined) return { kind: 'found', all: [first, ...more] }
  const unreadable = matching.map(({ entry }) => entry).find((entry) => entry.kind === 'unreadable')
  return unreadable === undefined ? { kind: 'none' } : { kind: 'unreadable', why: unreadable.why }
}

/** The kubelet's order, wherever they come from: backwards by key, so that of two keys with one beginning the longer is first. */
export function asKubelet(all: readonly Matching[]): readonly Matching[] {
  return all.toSorted(({ key: a }, { key: b }) => (a < b ? 1 : a > b ? -1 : 0))
}

function credentialsOf(entry: DockerEntry): Credentials | undefined {
  switch (entry.kind) {
    case 'login':
      return { username: entry.username, password: entry.password }
    case 'identityToken':
      return { username: entry.username, identityToken: entry.token }
    case 'registryToken':
      return { registryToken: entry.token }
    case 'unreadable':
      return undefined
  }
}

/** What is shown to a registry; the first of them that it lets in. */
export interface ShownCredentials {
  readonly credentials: Credentials | undefined
  readonly others: readonly Credentials[]
  readonly credentialId: string
}

/** As many as a registry sees wrong ones without shutting the door. */
const mostTried = 3

/** Those that match, in the order in which they are tried; each once, and no more than three. */
export function toShow(all: readonly Credentials[]): ShownCredentials {
  const ids = all.map(credentialId)
  const [credentials, ...others] = all.filter((_, index) => ids.indexOf(ids[index] ?? '') === index).slice(0, mostTried)
  const id = others.length === 0 ? credentialId(credentials) : hash([credentials, ...others].map(credentialId))
  return { credentials, others, credentialId: id }
}

/** Tells credentials apart; '' for none. The same credentials see the same repository, wherever they come from. */
export function credentialId(credentials: Credentials | undefined): string {
  if (credentials === undefined) return ''
  const parts = Object.entries(credentials).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hash(parts)
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/** A user name and password say nothing of where they belong; the annotation does. */
function fromLogin(secret: Secret, host: string, name: string): Login {
  const text = (key: string) => Buffer.from(textOf(secret, key, name)).toString('utf8')
  const [username, password] = [text('username'), text('password')]
  const owner = secret.annotations[hostAnnotation]
  if (owner === undefined)
    throw refused(`${name} does not say which registry it is for; annotate it with ${hostAnnotation}: ${host}`)
  if (!isSameHost(owner, host))
    throw refused(`${name} has no credentials for ${host}; its annotation ${hostAnnotation} names another host`)
  return { username, password }
}

function textOf({ data }: Secret, key: string, name: string): Uint8Array {
  const content = data[key]
  if (content !== undefined) return content
  throw new ReconcileError(reasons.secretNotFound, `${name} of registry.secretRef lacks the key ${key}`)
}

function refused(message: string): ReconcileError {
  return new ReconcileError(reasons.registryAuthFailed, message)
}
