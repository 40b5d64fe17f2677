import type { ListingName } from '../core/registry-rule.ts'
import type { WayOut } from '../http/proxy-for.ts'
import type { TlsSettings } from '../http/tls-settings.ts'
import type { Credentials, Login } from './login/credentials.ts'
import type { CloudApi } from './login/providers/provider.ts'

/** A repository as somebody sees it: where it is, and by whose leave. */
export interface RepositoryAccess {
  /** `host[:port]` as policies write it; `docker.io` is Docker Hub. */
  readonly host: string
  /** `library/nginx`: the whole path. */
  readonly repository: string
  /** Plain HTTP instead of HTTPS. */
  readonly insecure: boolean
  readonly credentials: Credentials | undefined
  /** What else matches the repository, tried in this order when the registry refuses the credentials. */
  readonly others?: readonly Credentials[] | undefined
  /** Tells credentials apart, '' for none; part of what is shared by whom, never logged. */
  readonly credentialId: string
  /** The API of the registry's cloud, as who the credentials are. */
  readonly cloudApi?: CloudApi | undefined
  /** Gets another login of a cloud for one that the registry refused; undefined: there is none that could be better. */
  readonly newLogin?: ((refused: Credentials) => Promise<Login | undefined>) | undefined
  readonly tls?: TlsSettings | undefined
  /** How all that is asked for it gets there; undefined: as the operator's own environment says. */
  readonly way?: WayOut | undefined
  readonly dialect?: RegistryDialect | undefined
  /** Who may answer instead, in this order. */
  readonly mirrors?: readonly RepositoryAccess[]
}

/** How a registry wants to be asked, where that is not the usual way. */
export interface RegistryDialect {
  /** `https://host[:port][/path]`, below which is `/v2/`; undefined: the host itself. */
  readonly api?: string | undefined
  /** Where repositories of one name are. */
  readonly defaultNamespace?: string | undefined
  /** Digests are asked for by GET. */
  readonly noHead?: boolean
  /** Tags a page. */
  readonly pageSize?: number | undefined
  /** Whose way it has to tell digests of many tags at once; undefined: the host tells. */
  readonly listing?: ListingName | undefined
}

/** Equal for those who may share what the registry answers. */
export function accessKey({ host, repository, insecure, credentialId, ...more }: RepositoryAccess): string {
  const { tls, way, dialect, mirrors = [] } = more
  return JSON.stringify([host, repository, insecure, credentialId, tls?.id, way?.id, dialect, mirrors.map(accessKey)])
}

/** `ghcr.io/shop/web`, for messages. */
export function repositoryName({ host, repository }: RepositoryAccess): string {
  return `${host}/${repository}`
}

/** The repository's name as its registry has it. Docker Hub's `nginx` is `library/nginx` there. */
export function repositoryPath({ host, repository, dialect }: RepositoryAccess): string {
  const namespace = dialect?.defaultNamespace ?? (host === 'docker.io' ? 'library' : undefined)
  return namespace === undefined || repository.includes('/') ? repository : `${namespace}/${repository}`
}

/** The address of `path` (`tags/list`, `manifests/<reference>`, `blobs/<digest>`) in the repository. */
export function apiUrl(access: RepositoryAccess, path: string): URL {
  return new URL(`${apiBase(access)}/v2/${repositoryPath(access)}/${path}`)
}

/** Below which the registry's API is. Docker Hub serves it under another name than its images have. */
export function apiBase({ host, insecure, dialect }: Pick<RepositoryAccess, 'host' | 'insecure' | 'dialect'>): string {
  const scheme = insecure ? 'http' : 'https'
  return dialect?.api ?? `${scheme}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`
}
