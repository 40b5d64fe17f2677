import type { RegistryLimits } from '../core/parse-registries.ts'
import type { TlsSettings } from '../http/tls-settings.ts'
import { toShow, type Credentials, type ShownCredentials } from './credentials.ts'
import type { HostLimits } from './host-pace.ts'
import type { RegistryDialect, RepositoryAccess } from './repository-access.ts'
import { usualLimits } from './usual-limits.ts'

/** What the registries file says of a host, or of what is below a prefix of it, with everything that it names read. */
export interface RegistrySettings {
  readonly host: string
  /** '' for the whole host. */
  readonly prefix: string
  readonly dialect: RegistryDialect
  /** Addresses as `api` of a dialect. */
  readonly mirrors: readonly string[]
  readonly insecure: boolean
  readonly tls: TlsSettings | undefined
  readonly limits: RegistryLimits | undefined
  /** What is known for a repository of it, what to try first first. */
  readonly credentialsFor: (repository: string) => readonly Credentials[]
}

/** All that the registries file says. */
export interface Registries {
  /** An access with what the file adds: what it has itself counts first. */
  complete(access: RepositoryAccess): RepositoryAccess
  /** How much a host is asked. */
  limits(host: string): HostLimits
}

/** Makes registries of the settings of a file. */
export function createRegistries(all: readonly RegistrySettings[]): Registries {
  const byLength = all.toSorted((a, b) => b.prefix.length - a.prefix.length)
  const limited = new Map(all.flatMap(({ limits, ...one }) => (limits === undefined ? [] : [[apiHost(one), limits]])))

  function settingsFor(host: string, repository: string): RegistrySettings | undefined {
    return byLength.find((one) => one.host === host && `${repository}/`.startsWith(one.prefix && `${one.prefix}/`))
  }

  /** TLS and plain HTTP are a host's; a prefix inherits them. */
  function complete(access: RepositoryAccess): RepositoryAccess {
    const { host, repository } = access
    const own = settingsFor(host, repository)
    const whole = settingsFor(host, '')
    if (own === undefined) return access
    const api = own.dialect.api ?? whole?.dialect.api
    const listing = own.dialect.listing ?? whole?.dialect.listing
    return {
      ...access,
      ...shownBy(access, [own, whole]),
      insecure: api === undefined ? access.insecure || whole?.insecure === true : api.startsWith('http:'),
      tls: access.tls ?? whole?.tls,
      dialect: { ...own.dialect, api, listing },
      mirrors: own.mirrors.map((address) => mirrorOf(access, address)),
    }
  }

  /** Credentials of the registry itself never go to a mirror: it has those of its own entry, or none. */
  function mirrorOf({ repository }: RepositoryAccess, address: string): RepositoryAccess {
    const { host, protocol } = new URL(address)
    const own = settingsFor(host, repository)
    return {
      host,
      repository,
      insecure: protocol === 'http:',
      ...toShow(own?.credentialsFor(repository) ?? []),
      tls: settingsFor(host, '')?.tls,
      dialect: { ...own?.dialect, api: address },
    }
  }

  return {
    complete,
    limits: (host) => ({ ...usualLimits(host), ...given(limited.get(host)) }),
  }
}

/** What the access has itself counts first, then the first of the settings that have any. */
function shownBy(access: RepositoryAccess, settings: readonly (RegistrySettings | undefined)[]): ShownCredentials {
  const { credentials, others = [] } = access
  if (credentials !== undefined) return { credentials, others, credentialId: access.credentialId }
  const all = settings.map((one) => one?.credentialsFor(access.repository) ?? [])
  return toShow(all.find((found) => found.length > 0) ?? [])
}

/** No file, no settings. */
export const noRegistries: Registries = createRegistries([])

function apiHost({ host, dialect }: Pick<RegistrySettings, 'host' | 'dialect'>): string {
  if (dialect.api !== undefined) return new URL(dialect.api).host
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

function given({ atOnce, perSecond, burst }: RegistryLimits = {}): Partial<HostLimits> {
  return {
    ...(atOnce !== undefined && { atOnce }),
    ...(perSecond !== undefined && { perSecond: perSecond === 0 ? Number.POSITIVE_INFINITY : perSecond }),
    ...(burst !== undefined && { burst }),
  }
}
