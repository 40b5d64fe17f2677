import type { RegistryLimits } from '../core/registry-rule.ts'
import type { CloudProviderName } from '../core/policy.ts'
import type { WayOut } from '../http/proxy-for.ts'
import type { TlsSettings } from '../http/tls-settings.ts'
import { toShow, type Credentials, type ShownCredentials } from './login/credentials.ts'
import type { HostLimits } from './manners/host-pace.ts'
import { apiBase, type RegistryDialect, type RepositoryAccess } from './repository-access.ts'
import { usualLimits } from './manners/usual-limits.ts'

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
  /** Undefined: as the operator's own environment says. */
  readonly way: WayOut | undefined
  readonly limits: RegistryLimits | undefined
  /** What is known for a repository of it, what to try first first. */
  readonly credentialsFor: (repository: string) => readonly Credentials[]
  /** Whose login the operator has there, instead of credentials. */
  readonly provider: CloudProviderName | undefined
}

/** What is shown to a registry, and to its cloud. */
export type Shown = ShownCredentials & Pick<RepositoryAccess, 'cloudApi' | 'newLogin'>

/** Logins of clouds, by host. */
export type Logins = ReadonlyMap<string, Shown>

/** All that the registries file says. */
export interface Registries {
  /** An access with what the file adds: what it has itself counts first. `logins` are those of `clouds`. */
  complete(access: RepositoryAccess, logins?: Logins): RepositoryAccess
  /** The hosts, the access's own and those of its mirrors, for which the file says that a cloud is to be asked for a login. */
  clouds(access: RepositoryAccess): readonly Cloud[]
  /** How a host is reached; undefined: as the operator's own environment says. */
  wayOut(host: string): WayOut | undefined
  /** How much a host is asked. */
  limits(host: string): HostLimits
}

/** A host, and the cloud that gives a login for it. */
export interface Cloud {
  readonly host: string
  readonly provider: CloudProviderName
  readonly way: WayOut | undefined
}

type Way = Pick<RepositoryAccess, 'insecure'> & Pick<RegistryDialect, 'api'> & { readonly isPlainByFile: boolean }

/** Makes registries of the settings of a file. */
export function createRegistries(all: readonly RegistrySettings[]): Registries {
  const settingsFor = finderIn(all)
  const limited = new Map(all.flatMap(({ limits, ...one }) => (limits === undefined ? [] : [[apiHost(one), limits]])))

  function cloudOf(host: string, repository: string): readonly Cloud[] {
    const settings = [settingsFor(host, repository), settingsFor(host, '')]
    const provider = whoShows(repository, settings)?.provider
    return provider === undefined ? [] : [{ host, provider, way: wayOut(host) }]
  }

  function wayOut(host: string): WayOut | undefined {
    return settingsFor(host, '')?.way
  }

  /** None where the policy has credentials of its own, or plain HTTP is spoken. */
  function clouds(access: RepositoryAccess): readonly Cloud[] {
    const { host, repository, credentials } = access
    const mirrors = settingsFor(host, repository)?.mirrors ?? []
    const own = credentials === undefined && !wayTo(access).insecure ? cloudOf(host, repository) : []
    return [...own, ...mirrors.flatMap((address) => cloudOf(new URL(address).host, repository))]
  }

  /** Plain HTTP, as TLS, is a host's; a prefix inherits it. */
  function wayTo({ host, repository, insecure }: RepositoryAccess): Way {
    const whole = settingsFor(host, '')
    const api = settingsFor(host, repository)?.dialect.api ?? whole?.dialect.api
    const isPlainByFile = api === undefined ? whole?.insecure === true : api.startsWith('http:')
    return { api, insecure: isPlainByFile || (api === undefined && insecure), isPlainByFile }
  }

  function complete(access: RepositoryAccess, logins: Logins = new Map()): RepositoryAccess {
    const { host, repository } = access
    const own = settingsFor(host, repository)
    const whole = settingsFor(host, '')
    if (own === undefined) return access
    const { api, insecure, isPlainByFile } = wayTo(access)
    // What is everybody's goes over plain HTTP where the file says so, not because one policy does.
    const settings = insecure && !isPlainByFile ? [] : [own, whole]
    const listing = own.dialect.listing ?? whole?.dialect.listing
    return {
      ...access,
      ...shownBy({ ...access, insecure }, settings, logins),
      insecure,
      tls: access.tls ?? whole?.tls,
      way: whole?.way,
      dialect: { ...own.dialect, api, listing },
      mirrors: own.mirrors.map((address) => mirrorOf(access, address, logins)),
    }
  }

  /** Credentials of the registry itself never go to a mirror: it has those of its own entry, or none. */
  function mirrorOf({ repository }: RepositoryAccess, address: string, logins: Logins): RepositoryAccess {
    const { host, protocol } = new URL(address)
    const [own, whole] = [settingsFor(host, repository), settingsFor(host, '')]
    const bare = { host, repository, insecure: protocol === 'http:', ...toShow([]) }
    return {
      ...bare,
      ...shownBy(bare, [own, whole], logins),
      tls: whole?.tls,
      way: whole?.way,
      dialect: { ...own?.dialect, api: address },
    }
  }

  return {
    complete,
    clouds,
    wayOut,
    limits: (host) => ({ ...usualLimits(host), ...given(limited.get(host)) }),
  }
}

/** The longest prefix counts; '' finds what is said of the whole host. */
function finderIn(
  all: readonly RegistrySettings[],
): (host: string, repository: string) => RegistrySettings | undefined {
  const byLength = all.toSorted((a, b) => b.prefix.length - a.prefix.length)
  return (host, repository) =>
    byLength.find((one) => one.host === host && `${repository}/`.startsWith(one.prefix && `${one.prefix}/`))
}

/** What the access has itself counts first, then the first of the settings that say what to show. A login of a cloud never goes over plain HTTP. */
function shownBy(
  { host, repository, insecure, credentials, others = [], credentialId, cloudApi, newLogin }: RepositoryAccess,
  settings: readonly (RegistrySettings | undefined)[],
  logins: Logins,
): Shown {
  if (credentials !== undefined) return { credentials, others, credentialId, cloudApi, newLogin }
  const found = whoShows(repository, settings)
  if (found?.provider !== undefined) return (insecure ? undefined : logins.get(host)) ?? toShow([])
  return toShow(found?.credentialsFor(repository) ?? [])
}

function whoShows(
  repository: string,
  settings: readonly (RegistrySettings | undefined)[],
): RegistrySettings | undefined {
  return settings.find(
    (one) => one !== undefined && (one.provider !== undefined || one.credentialsFor(repository).length > 0),
  )
}

/** No file, no settings. */
export const noRegistries: Registries = createRegistries([])

/** As it is in the addresses that are asked: without the port that goes without saying. */
function apiHost({ host, insecure, dialect }: Pick<RegistrySettings, 'host' | 'insecure' | 'dialect'>): string {
  return new URL(apiBase({ host, insecure, dialect })).host
}

function given({ atOnce, perSecond, burst }: RegistryLimits = {}): Partial<HostLimits> {
  return {
    ...(atOnce !== undefined && { atOnce }),
    ...(perSecond !== undefined && { perSecond: perSecond === 0 ? Number.POSITIVE_INFINITY : perSecond }),
    ...(burst !== undefined && { burst }),
  }
}
