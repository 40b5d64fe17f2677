import type { GitAddress } from './git-address.ts'
import { isUnderGitUrl, sameGitUrl } from './git-url.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import type { Secret } from '../secret.ts'
import { utf8 } from '../text/utf8.ts'

/** What of a Secret tells a git credential. */
export type SecretContent = Pick<Secret, 'namespace' | 'name' | 'labels' | 'data'>

/** What is shown to a git server. */
export type GitCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'sshKey'; readonly privateKey: string; readonly passphrase: string }
  | GitHubApp

/** An app that is installed on GitHub; by its key it gets tokens at `api`, an https:// URL without a slash at its end. */
export interface GitHubApp {
  readonly kind: 'githubApp'
  readonly app: string
  readonly installation: string
  readonly privateKey: string
  readonly api: string
}

/** A certificate that is shown to a server, and its key; PEM. */
export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

/** A way to servers, and the list of those for which it is not taken. */
export interface Proxy {
  readonly url: string
  readonly noProxy: string
}

/** What a Secret gives for reaching a git repository. */
export interface GitCredentials {
  /** Undefined: the Secret holds none, the repository is reached without. */
  readonly credential: GitCredential | undefined
  /** Argo CD's own Secret says that neither TLS certificates nor SSH host keys are verified. */
  readonly insecure: boolean
  /** Over TLS only. */
  readonly clientCertificate: ClientCertificate | undefined
  readonly proxy: Proxy | undefined
}

/** What the Secret of a policy gives: a credential, and perhaps the host keys to go by instead of Argo CD's. */
export interface OwnGitCredentials extends GitCredentials {
  readonly knownHosts: string | undefined
}

/** The label by which Argo CD knows its repository Secrets. */
export const secretTypeLabel = 'argocd.argoproj.io/secret-type'

type Transport = GitAddress['kind']

const unsupported: Readonly<Record<string, string>> = {
  gcpServiceAccountKey: 'Google service accounts are',
}
// The members of a Secret that docs/policy.md names, and whatever else Argo CD takes for a credential.
const credentialKeys = [
  'username',
  'password',
  'bearerToken',
  'sshPrivateKey',
  'tlsClientCertData',
  'tlsClientCertKey',
  'githubAppPrivateKey',
  ...Object.keys(unsupported),
]

/** Whether a repository Secret of Argo CD holds a credential of any kind, and not the address alone. */
export function holdsCredential(secret: SecretContent): boolean {
  return credentialKeys.some((key) => textIn(secret, key) !== '') || isTrue(secret, 'useAzureWorkloadIdentity')
}

/**
 * Reads a repository Secret by Argo CD's keys: for HTTP user and password or a bearer token, for SSH a private key. The
 * fault says what is not supported yet.
 */
export function gitCredentials(secret: SecretContent, transport: Transport): Parsed<GitCredentials> {
  const [kind] = Object.keys(unsupported).filter((key) => textIn(secret, key) !== '')
  if (kind !== undefined)
    return fault(`${title(secret)}: ${unsupported[kind]} not supported yet; ${instead[transport]}`)
  if (isTrue(secret, 'useAzureWorkloadIdentity'))
    return fault(`${title(secret)}: Azure identities are not supported yet; ${instead[transport]}`)
  const credential = transport === 'ssh' ? sshKey(secret) : httpCredential(secret)
  const clientCertificate = transport === 'ssh' ? parsed(undefined) : clientCertificateIn(secret)
  const proxy = proxyIn(secret, transport)
  if (!credential.ok) return credential
  if (!clientCertificate.ok) return clientCertificate
  if (!proxy.ok) return proxy
  return parsed({
    credential: credential.value,
    insecure: isInsecure(secret),
    clientCertificate: clientCertificate.value,
    proxy: proxy.value,
  })
}

const instead = { http: 'use username and password (a token), bearerToken, or a GitHub App', ssh: 'use sshPrivateKey' }

/**
 * Reads the Secret that `writeBack.git.secretRef` names: Argo CD's keys, or those of types `kubernetes.io/basic-auth` and
 * `kubernetes.io/ssh-auth`, with `passphrase` and `knownHosts` beside a private key. A repository Secret of Argo CD is taken
 * only for the URL that it is for.
 */
export function secretRefCredentials(
  secret: SecretContent,
  at: { readonly url: string; readonly transport: Transport },
): Parsed<OwnGitCredentials> {
  const own = textIn(secret, 'url') ?? ''
  if (secretTypeLabel in secret.labels && !sameGitUrl(own, at.url) && !isUnderGitUrl(at.url, own))
    return fault(`${title(secret)} is Argo CD’s for another repository`)
  const read = gitCredentials(secret, at.transport)
  if (!read.ok) return read
  const { credential, clientCertificate } = read.value
  if (credential === undefined && clientCertificate === undefined)
    return fault(`${title(secret)} has ${missing[at.transport]}`)
  const knownHosts = at.transport === 'ssh' ? textIn(secret, 'knownHosts') : ''
  if (knownHosts === undefined) return fault(`${title(secret)}: knownHosts must be text`)
  return parsed({ ...read.value, knownHosts: knownHosts === '' ? undefined : knownHosts })
}

const missing = {
  http: 'neither username and password nor bearerToken nor a GitHub App',
  ssh: 'no sshPrivateKey, which SSH asks for',
}

function httpCredential(secret: SecretContent): Parsed<GitCredential | undefined> {
  const username = textIn(secret, 'username')
  const password = textIn(secret, 'password')
  const token = textIn(secret, 'bearerToken')
  if ([username, password, token].some((text) => text === undefined || /[\p{Cc}]/u.test(text)))
    return fault(`${title(secret)}: username, password and bearerToken must be text on one line`)
  if (password !== undefined && password !== '') return parsed({ kind: 'basic', username: username ?? '', password })
  if (token !== undefined && token !== '') return parsed({ kind: 'bearer', token })
  if (textIn(secret, 'githubAppPrivateKey') !== '') return gitHubApp(secret)
  if (username !== '') return fault(`${title(secret)} has a username but no password`)
  if (sshKeyIn(secret) !== '')
    return fault(`${title(secret)} has an SSH key, which an http(s):// URL does not take; ${instead.http}`)
  return parsed(undefined)
}

const gitHubApi = 'https://api.github.com'

function gitHubApp(secret: SecretContent): Parsed<GitHubApp> {
  const [app = '', installation = '', privateKey = '', base = ''] = [
    'githubAppID',
    'githubAppInstallationID',
    'githubAppPrivateKey',
    'githubAppEnterpriseBaseUrl',
  ].map((key) => textIn(secret, key))
  if (![app, installation].every((id) => /^[0-9]{1,20}$/.test(id)) || privateKey === '')
    return fault(
      `${title(secret)}: a GitHub App has githubAppID and githubAppInstallationID, both numbers, and githubAppPrivateKey`,
    )
  const api = base === '' ? gitHubApi : base.replace(/\/+$/, '')
  if (!/^https:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/i.test(api))
    return fault(
      `${title(secret)}: githubAppEnterpriseBaseUrl must be an address such as https://git.example.com/api/v3`,
    )
  return parsed({ kind: 'githubApp', app, installation, privateKey, api })
}

/** An SSH key and what opens it; undefined: there is none. */
export function sshKey(secret: SecretContent): Parsed<Extract<GitCredential, { kind: 'sshKey' }> | undefined> {
  const privateKey = sshKeyIn(secret)
  const passphrase = textIn(secret, 'passphrase')
  if (privateKey === undefined || passphrase === undefined)
    return fault(`${title(secret)}: sshPrivateKey and passphrase must be text`)
  return parsed(privateKey === '' ? undefined : { kind: 'sshKey', privateKey, passphrase })
}

/** By Argo CD's name, or by that of Secrets of type `kubernetes.io/ssh-auth`. */
function sshKeyIn(secret: SecretContent): string | undefined {
  const own = textIn(secret, 'sshPrivateKey')
  return own === '' ? textIn(secret, 'ssh-privatekey') : own
}

function clientCertificateIn(secret: SecretContent): Parsed<ClientCertificate | undefined> {
  const cert = textIn(secret, 'tlsClientCertData')
  const key = textIn(secret, 'tlsClientCertKey')
  if (cert === '' && key === '') return parsed(undefined)
  if (cert === undefined || cert === '' || key === undefined || key === '')
    return fault(`${title(secret)}: tlsClientCertData and tlsClientCertKey belong together, both in PEM`)
  return parsed({ cert, key })
}

function proxyIn(secret: SecretContent, transport: Transport): Parsed<Proxy | undefined> {
  const url = textIn(secret, 'proxy')
  if (url === '') return parsed(undefined)
  if (transport === 'ssh') return fault(`${title(secret)}: proxies for SSH are not supported yet; take proxy out`)
  if (url === undefined || !/^https?:\/\/[^\s/?#]+\/?$/i.test(url))
    return fault(`${title(secret)}: proxy must be an address such as http://proxy.example.com:3128`)
  return parsed({ url, noProxy: textIn(secret, 'noProxy') ?? '' })
}

/** Whether Argo CD does without verifying whom it talks to; only its own Secrets may say so. */
export function isInsecure(secret: SecretContent | undefined): boolean {
  if (secret === undefined || !(secretTypeLabel in secret.labels)) return false
  return isTrue(secret, 'insecure') || isTrue(secret, 'insecureIgnoreHostKey')
}

/** How a Secret is called in messages. */
export function title({ namespace, name }: SecretContent): string {
  return `Secret ${namespace}/${name}`
}

/** A member of a Secret as text, without a line end after it; empty where it is missing, undefined where it is no text. */
export function textIn({ data }: SecretContent, key: string): string | undefined {
  const bytes = Object.hasOwn(data, key) ? data[key] : undefined
  return bytes === undefined ? '' : utf8(bytes)?.replace(/\r?\n$/, '')
}

/** Whether a member of a Secret says true, as Go's strconv.ParseBool reads it. */
function isTrue(secret: SecretContent, key: string): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(textIn(secret, key) ?? '')
}
