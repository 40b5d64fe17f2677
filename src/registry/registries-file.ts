import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseRegistries } from '../core/parse-registries.ts'
import type { RegistryCredentials, RegistryProxy, RegistryRule, RegistryTls } from '../core/registry-rule.ts'
import { wayOut, type WayOut } from '../http/proxy-for.ts'
import { parseTls, type TlsSettings } from '../http/tls-settings.ts'
import { credentialsIn, type Credentials } from './login/credentials.ts'
import { parseDockerConfig, type DockerEntry } from './login/docker-config.ts'
import type { RegistrySettings } from './registries.ts'

/** What reading a registries file came to. The mark is another when the file, or one that it names, holds something else. */
export interface RegistriesReading {
  readonly mark: string
  readonly settings: readonly RegistrySettings[]
  /** Everything that is wrong, each with its path; the settings are none then. */
  readonly faults: readonly string[]
}

const longestFile = 1024 * 1024
const leastRoom = 4096

/** Reads the file and those that it names; their names are relative to its folder. */
export async function readRegistries(path: string): Promise<RegistriesReading> {
  const files = createFiles(dirname(path))
  const content = await files.read(path)
  if (typeof content === 'string') return { mark: files.mark(), settings: [], faults: [`${path} ${content}`] }
  const parsed = parseRegistries(Buffer.from(content).toString('utf8'))
  if (!parsed.ok) {
    const faults = parsed.faults.map(({ path: where, message }) => sentence(where, message))
    return { mark: files.mark(), settings: [], faults }
  }
  const faults: string[] = []
  const settings = []
  for (const [index, rule] of parsed.rules.entries())
    settings.push(
      await settingsOf(rule, { files, fault: (at, text) => faults.push(sentence(`.registries[${index}]${at}`, text)) }),
    )
  return { mark: files.mark(), settings: faults.length > 0 ? [] : settings, faults }
}

interface Files {
  /** The bytes, or why they could not be read. */
  read(name: string): Promise<Uint8Array | string>
  /** Of all that was read so far. */
  mark(): string
}

interface Surroundings {
  readonly files: Files
  readonly fault: (at: string, text: string) => void
}

async function settingsOf(rule: RegistryRule, around: Surroundings): Promise<RegistrySettings> {
  faultyAddresses(rule, around)
  const { host, prefix, provider, mirrors, insecure, limits, api, defaultNamespace, head, pageSize, listing } = rule
  return {
    host,
    prefix,
    provider,
    mirrors,
    insecure,
    limits,
    dialect: { api, defaultNamespace, pageSize, noHead: !head, listing },
    tls: rule.tls === undefined ? undefined : await tlsOf(rule.tls, around),
    way: rule.proxy === undefined ? undefined : await wayOf(rule.proxy, around),
    credentialsFor: rule.credentials === undefined ? () => [] : await loginOf(rule.credentials, host, around),
  }
}

/** What is written as an address may be none all the same, by a port beyond 65535 or a number too much: whoever used it would fail. */
function faultyAddresses({ host, api, mirrors, proxy }: RegistryRule, { fault }: Surroundings): void {
  const written = [
    { at: '.host', address: `https://${host}` },
    { at: '.api', address: api },
    { at: '.proxy', address: proxy?.url },
    ...mirrors.map((address, index) => ({ at: `.mirrors[${index}]`, address })),
  ]
  for (const { at, address } of written)
    if (address !== undefined && !URL.canParse(address)) fault(at, 'leads nowhere: look at its host and its port')
}

async function tlsOf(
  { caFile, certFile, keyFile }: RegistryTls,
  around: Surroundings,
): Promise<TlsSettings | undefined> {
  const [ca, certificate, key] = [
    await fileOf(caFile, '.tls.caFile', around),
    await fileOf(certFile, '.tls.certFile', around),
    await fileOf(keyFile, '.tls.keyFile', around),
  ]
  const tls = parseTls({ ca, certificate, key })
  if (tls.ok) return tls.value
  around.fault('.tls', tls.fault)
  return undefined
}

async function loginOf(
  { dockerConfigFile, username = '', passwordFile }: RegistryCredentials,
  host: string,
  around: Surroundings,
): Promise<(repository: string) => readonly Credentials[]> {
  if (dockerConfigFile === undefined) {
    const password = await passwordIn(passwordFile, '.credentials.passwordFile', around)
    return () => [{ username, password }]
  }
  const at = '.credentials.dockerConfigFile'
  const content = await fileOf(dockerConfigFile, at, around)
  const entries = content === undefined ? [] : parseDockerConfig(content)
  if (entries === undefined) around.fault(at, `${dockerConfigFile} is no docker configuration in JSON`)
  return (repository) => loginIn(entries ?? [], host, repository)
}

/** The URL of a proxy holds what it wants to see, as everybody's does; it stays in here. */
async function wayOf({ url, noProxy, credentials }: RegistryProxy, around: Surroundings): Promise<WayOut> {
  if (url === undefined || credentials === undefined || !URL.canParse(url))
    return wayOut({ https: url, http: url, noProxy })
  const full = new URL(url)
  full.username = encodeURIComponent(credentials.username)
  const password = await passwordIn(credentials.passwordFile, '.proxyCredentials.passwordFile', around)
  full.password = encodeURIComponent(password)
  return wayOut({ https: full.href, http: full.href, noProxy })
}

async function passwordIn(name: string | undefined, at: string, around: Surroundings): Promise<string> {
  const content = await fileOf(name, at, around)
  // Editors end a file with a line end, and no password does.
  return Buffer.from(content ?? '')
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function loginIn(entries: readonly DockerEntry[], host: string, repository: string): readonly Credentials[] {
  const found = credentialsIn(entries, { host, repository })
  return found.kind === 'found' ? found.all.map(({ credentials }) => credentials) : []
}

async function fileOf(
  name: string | undefined,
  at: string,
  { files, fault }: Surroundings,
): Promise<Uint8Array | undefined> {
  if (name === undefined) return undefined
  const content = await files.read(name)
  if (typeof content !== 'string') return content
  fault(at, `${name} ${content}`)
  return undefined
}

function createFiles(folder: string): Files {
  const hash = createHash('sha256')
  return {
    read: async (name) => {
      const content = await readSome(resolve(folder, name))
      hash.update(`${name}\0`).update(content).update('\0')
      return content
    },
    mark: () => hash.copy().digest('hex'),
  }
}

/** No more than a file of ours may have: somebody may have named a device. */
async function readSome(path: string): Promise<Uint8Array | string> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      if (size > longestFile) return `has more than ${longestFile / 1024} KiB`
      // Files are looked at often, and most are short. What tells no size is no usual file, and no longer either.
      const room = Math.max(size, leastRoom)
      const { bytesRead, buffer } = await file.read(Buffer.alloc(room), 0, room, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    return `can't be read (${code})`
  }
}

function sentence(path: string, message: string): string {
  return path === '' ? message : `${path.replace(/^\./, '')}: ${message}`
}
