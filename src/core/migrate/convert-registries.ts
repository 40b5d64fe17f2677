import { Document, isMap, isSeq } from 'yaml'
import { parseRegistries } from '../parse-registries.ts'
import { present } from '../parse-policy/object-field.ts'
import type { CloudProviderName } from '../policy.ts'
import type { PeerRegistry } from './parse-registries-conf.ts'
import { convertCredentials } from './convert-credentials.ts'

/** An entry of our registries file (docs/registries.md), as it is written. */
export interface WrittenRegistry {
  readonly host: string
  readonly api?: string
  readonly insecure?: boolean
  readonly credentials?: { readonly dockerConfigFile: string }
  readonly provider?: CloudProviderName
  readonly tls?: { readonly caFile: string }
  readonly limits?: { readonly perSecond: number }
  readonly defaultNamespace?: string
}

/** Something that has no counterpart, or that a person has to do. */
export interface Note {
  /** The registry's `name` in registries.conf. */
  readonly registry: string
  readonly field: string
  readonly message: string
}

/** Our registries file, and what it does not say. */
export interface Converted {
  readonly registries: readonly WrittenRegistry[]
  /** The file, with the old names as comments. */
  readonly text: string
  readonly notes: readonly Note[]
}

/** One entry after the other adds its own. */
type Part = (peer: PeerRegistry, at: Place) => { readonly entry?: Partial<WrittenRegistry>; readonly note?: string }

/** Where a registry is: `host[/path]` as images name it, and what the address of its API says. */
interface Place {
  readonly host: string
  readonly hasPath: boolean
  readonly apiHost: string
  /** Plain HTTP. */
  readonly isPlain: boolean
  /** Without a path. */
  readonly isBare: boolean
  /** Another entry is for its host, which comes first there. */
  readonly isBesideHost: boolean
}

const dockerHub = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

/** Converts the registries of Argo CD Image Updater into ours. Nothing is left out without a note, but what has no meaning here. */
export function convertRegistries(peers: readonly PeerRegistry[]): Converted {
  const done: { readonly name: string; readonly entry: WrittenRegistry }[] = []
  const notes: Note[] = []
  const hosts = new Set(peers.map(({ prefix }) => prefix ?? ''))
  for (const peer of peers) {
    const converted = convertOne(peer, hosts)
    notes.push(...converted.notes)
    const { entry } = converted
    const fault = entry === undefined ? undefined : faultOf([...done.map((one) => one.entry), entry])
    if (fault !== undefined) notes.push({ registry: peer.name, field: '', message: `is left out: ${fault}` })
    else if (entry !== undefined) done.push({ name: peer.name, entry })
  }
  return { registries: done.map(({ entry }) => entry), text: textOf(done), notes }
}

function convertOne(
  peer: PeerRegistry,
  hosts: ReadonlySet<string>,
): { readonly entry?: WrittenRegistry; readonly notes: readonly Note[] } {
  const place = placeOf(peer, hosts)
  const noted = (field: string, message: string): Note => ({ registry: peer.name, field, message })
  if (place === undefined)
    return { notes: [noted('api_url', `${peer.api_url} is no http:// or https:// address: the entry is left out`)] }
  const made = Object.entries(parts).map(([field, part]) => ({ field, ...part(peer, place) }))
  const entry = Object.assign({ host: place.host }, ...made.map((one) => one.entry ?? {})) as WrittenRegistry
  return { entry, notes: made.flatMap(({ field, note }) => (note === undefined ? [] : noted(field, note))) }
}

const parts: Readonly<Record<string, Part>> = {
  prefix: ({ prefix = '' }, { host, isBesideHost }) => {
    const own = host.replace(/\/.*$/, '')
    if (isBesideHost)
      return { note: `was never used, for the entry of ${own} came first; here it counts for everything below it` }
    if (prefix !== '' || dockerHub.includes(host)) return {}
    const before = 'there is none, so that it served every image whose registry has no entry of its own'
    return { note: `${before}; here it is for ${host} alone: write an entry for each other host that it is to serve` }
  },
  api_url: ({ api_url: written }, { host, hasPath, apiHost, isPlain, isBare }) => {
    if (isBare && !isPlain && isSame(apiHost, host)) return {}
    const isItself = isBare && isPlain && apiHost === host && !hasPath
    return { entry: isItself ? { insecure: true } : { api: written.replace(/\/+$/, '') } }
  },
  credentials: ({ credentials }, { host }) => (credentials ? convertCredentials(credentials, host) : {}),
  insecure: ({ insecure, api_url: written }) =>
    insecure === true && written.startsWith('https:')
      ? {
          note: 'certificates are verified always: put the authority of the registry into a file and name it in tls.caFile',
        }
      : {},
  ca_file: ({ ca_file: file }, { hasPath }) =>
    file
      ? ofWholeHost(
          hasPath,
          { tls: { caFile: file } },
          `mount ${file} for the operator, by extraVolumes and extraVolumeMounts of its chart`,
        )
      : {},
  ca_data: ({ ca_data: data }) =>
    data
      ? {
          note: 'no certificates stand in the registries file: put them into a file, mount it, and name it in tls.caFile',
        }
      : {},
  defaultns: ({ defaultns }, { host }) =>
    defaultns && !(defaultns === 'library' && dockerHub.includes(host))
      ? { entry: { defaultNamespace: defaultns } }
      : {},
  limit: ({ limit }, { hasPath }) => (limit ? ofWholeHost(hasPath, { limits: { perSecond: limit } }) : {}),
  default: ({ default: isDefault }, { host }) =>
    isDefault === true && !dockerHub.includes(host)
      ? { note: `an image without a registry is Docker Hub's: write ${host}/ before it in spec.image` }
      : {},
  tagsortmode: ({ tagsortmode }) =>
    tagsortmode && tagsortmode !== 'none' ? { note: 'is not needed: the order of the registry does not matter' } : {},
  credsexpire: ({ credsexpire }) =>
    credsexpire
      ? { note: 'is not needed: files are read again when they change, logins of clouds are renewed in time' }
      : {},
}

/** TLS and limits belong to a host. */
function ofWholeHost(hasPath: boolean, entry: Partial<WrittenRegistry>, note?: string): ReturnType<Part> {
  if (!hasPath) return note === undefined ? { entry } : { entry, note }
  const [name = ''] = Object.keys(entry)
  return { note: `belongs to a whole host, not to a path of it: write ${name} to an entry for the host` }
}

function placeOf({ prefix = '', api_url: address }: PeerRegistry, hosts: ReadonlySet<string>): Place | undefined {
  const [, scheme = '', named = '', path = ''] = /^(https?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/.exec(address) ?? []
  if (named === '') return undefined
  const apiHost = named.toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, '')
  const written = prefix === '' ? apiHost : prefix.replace(/\/+$/, '')
  const host = dockerHub.includes(written) ? 'docker.io' : written
  const hasPath = host.includes('/')
  const isBesideHost = hasPath && hosts.has(host.replace(/\/.*$/, ''))
  return { host, hasPath, apiHost, isPlain: scheme === 'http', isBare: /^\/*$/.test(path), isBesideHost }
}

function isSame(apiHost: string, host: string): boolean {
  const [name = ''] = host.split('/')
  return apiHost === name || (name === 'docker.io' && dockerHub.includes(apiHost))
}

function faultOf(entries: readonly WrittenRegistry[]): string | undefined {
  const read = parseRegistries(JSON.stringify({ registries: entries }))
  return read.ok
    ? undefined
    : read.faults
        .map(({ path, message }) => `${path.replace(/^\.registries(\[\d+\]\.?)?/, '')} ${message}`.trim())
        .join('; ')
}

function textOf(done: readonly { readonly name: string; readonly entry: WrittenRegistry }[]): string {
  const document = new Document({ registries: done.map(({ entry }) => present(entry)) })
  const entries = isMap(document.contents) ? document.contents.get('registries') : undefined
  for (const [index, item] of (isSeq(entries) ? entries.items : []).entries())
    if (isMap(item)) item.commentBefore = ` ${(done[index]?.name ?? '').replaceAll(/\s+/g, ' ')}`
  return document.toString({ lineWidth: 0 }).trimEnd()
}
