import type { CloudProviderName } from './policy.ts'

/** What the registries file says of one registry, or of what is below a prefix. Names of files are as written. */
export interface RegistryRule {
  /** `host[:port]`, in lower case. */
  readonly host: string
  /** `team/app`; '' for the whole host. */
  readonly prefix: string
  /** `https://host[:port][/path]` */
  readonly api: string | undefined
  readonly mirrors: readonly string[]
  readonly credentials: RegistryCredentials | undefined
  /** A cloud that gives the operator a login, instead of credentials. */
  readonly provider: CloudProviderName | undefined
  /** Undefined: as the operator's environment says. */
  readonly proxy: RegistryProxy | undefined
  readonly tls: RegistryTls | undefined
  readonly insecure: boolean
  readonly limits: RegistryLimits | undefined
  readonly defaultNamespace: string | undefined
  readonly head: boolean
  readonly pageSize: number | undefined
  readonly listing: ListingName | undefined
}

/** Whose own way a registry has to tell digests of many tags at once; `none`: that way is not to be used. */
export type ListingName = 'none' | 'acr' | 'gar' | 'gitlab' | 'harbor' | 'quay'

/** Where credentials are: exactly one of the two ways. */
export interface RegistryCredentials {
  readonly dockerConfigFile?: string | undefined
  readonly username?: string | undefined
  readonly passwordFile?: string | undefined
}

/** How everything is reached that is asked for the registry. */
export interface RegistryProxy {
  /** `http://host[:port]`, or `https://`; undefined: straight. */
  readonly url: string | undefined
  /** What is reached without it, as Go reads `NO_PROXY`. */
  readonly noProxy: string
  /** What the proxy itself wants to see. */
  readonly credentials: ProxyCredentials | undefined
}

/** User name and password for a proxy. */
export interface ProxyCredentials {
  readonly username: string
  readonly passwordFile: string
}

/** Files in PEM. */
export interface RegistryTls {
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** Those that are given take the place of the usual ones. */
export interface RegistryLimits {
  readonly atOnce?: number | undefined
  /** 0: no limit. */
  readonly perSecond?: number | undefined
  readonly burst?: number | undefined
}
