import { isMap, LineCounter, parseDocument, type Document } from 'yaml'
import { faultsAcross } from './entries-together.ts'
import { parseReference } from './reference.ts'
import {
  faulty,
  found,
  list,
  matching,
  flag,
  nameOf,
  oneOf,
  refined,
  text,
  type Fault,
  type Field,
} from './parse-policy/fields.ts'
import { object, type Rule, type Written } from './parse-policy/object-field.ts'
import type { ListingName, RegistryProxy, RegistryRule } from './registry-rule.ts'
import { fault, parsed, type Parsed } from './result.ts'

/** The rules of a file, or all its faults. */
export type ParsedRegistries =
  | { readonly ok: true; readonly rules: readonly RegistryRule[] }
  | { readonly ok: false; readonly faults: readonly Fault[] }

const mostRegistries = 500
const listingNames: readonly ListingName[] = ['none', 'acr', 'gar', 'gitlab', 'harbor', 'quay']
const address = matching(
  /^https?:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(?!.*\/v[12]$)(\/[A-Za-z0-9._~-]+)*$/,
  'is no address of a registry: write https://host[:port][/path], without user, query and /v2/',
)
const proxyAddress = matching(
  /^(none|https?:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?\/?)$/,
  'is no address of a proxy: write http://proxy.example.com:3128, or none; user and password go into proxyCredentials',
)
const file = text(4096, parsed)

const credentials = object(
  { dockerConfigFile: file, username: text(1024, parsed), passwordFile: file },
  {
    rules: [
      {
        path: '',
        message: 'write dockerConfigFile, or username and passwordFile',
        isBroken: (written) => has(written, 'dockerConfigFile') === has(written, 'username'),
      },
      {
        path: '',
        message: 'username and passwordFile belong together: write both, or none',
        isBroken: (written) => has(written, 'username') !== has(written, 'passwordFile'),
      },
    ],
  },
)

const proxyCredentials = object(
  { username: text(1024, parsed), passwordFile: file },
  {
    required: {
      username: 'write the user name for the proxy',
      passwordFile: 'write the name of a file that holds the password for the proxy',
    },
  },
)

const tls = object(
  { caFile: file, certFile: file, keyFile: file },
  {
    rules: [
      {
        path: '',
        message: 'certFile and keyFile belong together: write both, or none',
        isBroken: (written) => has(written, 'certFile') !== has(written, 'keyFile'),
      },
    ],
  },
)

const limits = object({
  atOnce: number({ least: 1, most: 100 }),
  perSecond: number({ least: 0, most: 10_000, fractions: true }),
  burst: number({ least: 1, most: 10_000 }),
})

const entryRules: readonly Rule[] = [
  ...['limits', 'tls', 'insecure', 'proxy'].map((name) => ({
    path: name,
    message: 'is for a whole host: write it to an entry whose host has no path',
    isBroken: (entry: Written) => has(entry, name) && String(entry['host']).includes('/'),
  })),
  {
    path: 'provider',
    message: 'a cloud brings its own credentials: take credentials out, or provider',
    isBroken: (entry) => has(entry, 'provider') && has(entry, 'credentials'),
  },
  {
    path: 'provider',
    message: 'credentials of a cloud are not sent over plain HTTP: take it out, or insecure, or write https:// in api',
    isBroken: (entry) =>
      has(entry, 'provider') && (entry['insecure'] === true || String(entry['api']).startsWith('http:')),
  },
  ...['noProxy', 'proxyCredentials'].map((name) => ({
    path: name,
    message: 'is of no use without the address of a proxy: write it in proxy, or take this out',
    isBroken: (entry: Written) => has(entry, name) && (!has(entry, 'proxy') || entry['proxy'] === 'none'),
  })),
  {
    path: 'insecure',
    message: 'api says how to reach the registry: take insecure out, or write http:// in api',
    isBroken: (entry) => entry['insecure'] === true && has(entry, 'api'),
  },
  {
    path: 'tls',
    message: 'is of no use over plain HTTP: take it out, or insecure',
    isBroken: (entry) => entry['insecure'] === true && has(entry, 'tls'),
  },
]

const entry = refined(
  object(
    {
      host: text(512, parseHost),
      api: text(1024, address),
      mirrors: list(text(1024, address), { most: 10 }),
      credentials,
      provider: oneOf(['aws', 'gcp', 'azure'] as const),
      proxy: text(1024, proxyAddress),
      noProxy: text(4096, parsed),
      proxyCredentials,
      tls,
      insecure: flag,
      limits,
      defaultNamespace: text(255, parseNamespace),
      head: flag,
      pageSize: number({ least: 1, most: 10_000 }),
      listing: oneOf(listingNames),
    },
    { required: { host: 'write which registry it is about, such as registry.example.com' }, rules: entryRules },
  ),
  ({ host, api, mirrors = [], insecure = false, head = true, ...rest }): Parsed<RegistryRule> =>
    parsed({
      ...host,
      api: api ?? undefined,
      mirrors,
      insecure,
      head,
      credentials: rest.credentials,
      provider: rest.provider,
      proxy: proxyOf(rest),
      tls: rest.tls,
      limits: rest.limits,
      defaultNamespace: rest.defaultNamespace,
      pageSize: rest.pageSize,
      listing: rest.listing,
    }),
)

const fields = object({ registries: together(list(entry, { most: mostRegistries })) })

/** Parses a registries file (docs/registries.md). */
export function parseRegistries(content: string): ParsedRegistries {
  const lines = new LineCounter()
  const document = parseDocument(content, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: 'silent',
  })
  const [error] = document.errors
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0])
    return { ok: false, faults: [{ path: '', message: `is no YAML: look at line ${line}` }] }
  }
  if (document.contents === null || (isMap(document.contents) && document.contents.items.length === 0))
    return { ok: true, rules: [] }
  const plain = plainValue(document)
  if (!plain.ok) return { ok: false, faults: [{ path: '', message: plain.fault }] }
  const { value, faults } = fields(plain.value)
  return value === undefined ? { ok: false, faults } : { ok: true, rules: value.registries ?? [] }
}

function plainValue(document: Document): Parsed<unknown> {
  try {
    return parsed<unknown>(document.toJS({ maxAliasCount: 100 }))
  } catch {
    return fault('has aliases (*) that lead nowhere or unfold to very much: write out what they stand for')
  }
}

/** `host[:port][/prefix]`; Docker Hub under whichever of its names. */
function parseHost(written: string): Parsed<{ host: string; prefix: string }> {
  const slash = written.indexOf('/')
  const name = slash < 0 ? written : written.slice(0, slash)
  const prefix = slash < 0 ? '' : written.slice(slash + 1)
  const looksLikeHost = /[.:]/.test(name) || name === 'localhost'
  const reference = parseReference(`${name}/${prefix === '' ? 'x' : prefix}`)
  if (!looksLikeHost || !reference.ok || reference.value.tag !== undefined || reference.value.digest !== undefined)
    return fault('is no host: write for example registry.example.com, registry.example.com:5000 or ghcr.io/acme')
  const { registry } = reference.value.repository
  return parsed({ host: registry === 'registry-1.docker.io' ? 'docker.io' : registry, prefix })
}

function parseNamespace(written: string): Parsed<string> {
  const reference = parseReference(`localhost/${written}`)
  const isPath = reference.ok && reference.value.tag === undefined && reference.value.digest === undefined
  return isPath ? parsed(written) : fault('is no namespace: write for example library')
}

function proxyOf({
  proxy,
  noProxy = '',
  proxyCredentials: credentials,
}: {
  readonly proxy?: string | undefined
  readonly noProxy?: string | undefined
  readonly proxyCredentials?: RegistryProxy['credentials']
}): RegistryProxy | undefined {
  return proxy === undefined ? undefined : { url: proxy === 'none' ? undefined : proxy, noProxy, credentials }
}

function together(entries: Field<readonly RegistryRule[]>): Field<readonly RegistryRule[]> {
  return (value) => {
    const read = entries(value)
    const faults = faultsAcross(read.value ?? [])
    return faults.length === 0 ? read : { value: undefined, faults }
  }
}

function number({
  least,
  most,
  fractions = false,
}: {
  least: number
  most: number
  fractions?: boolean
}): Field<number> {
  return (value) => {
    if (typeof value !== 'number') return faulty(`must be a number, not ${nameOf(value)}`)
    const isFit = value >= least && value <= most && (fractions || Number.isInteger(value))
    return isFit ? found(value) : faulty(`must be ${fractions ? '' : 'a whole number '}from ${least} to ${most}`)
  }
}

function has(written: Written, name: string): boolean {
  return written[name] !== undefined && written[name] !== null
}
