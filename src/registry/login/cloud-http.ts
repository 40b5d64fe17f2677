import { noOwnProxy, type OwnProxy } from '../../core/own-proxy.ts'
import { createHostGuard, type HostGuard } from '../../http/host-guard.ts'
import type { HttpClient } from '../wire/http.ts'
import type { CloudHttp } from './providers/provider.ts'

type Environment = Readonly<Record<string, string | undefined>>

const longestBody = 64 * 1024
const longestListing = 4 * 1024 * 1024
/** Clouds serve identities at addresses of the machine's own link, where nothing else may go. */
const identityHosts = ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'metadata.google.internal']

/** Lets through what asks clouds for identities. No address comes from a policy but that of a registry which is the cloud's own. */
export function createCloudGuard(environment: Environment, ownProxy: OwnProxy = noOwnProxy): HostGuard {
  return createHostGuard({
    allowed: ['*', ...identityHostsOf(environment)],
    flag: '--allowed-registries',
    ownProxy: sparingIdentities(environment, ownProxy),
  })
}

/** A proxy for clouds: what serves identities is on the machine's own link, whatever it is called. */
export function sparingIdentities(environment: Environment, { https, http, noProxy }: OwnProxy): OwnProxy {
  return { https, http, noProxy: [noProxy, ...identityHostsOf(environment)].join(',') }
}

function identityHostsOf(environment: Environment): readonly string[] {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: address = '', GCE_METADATA_HOST: metadataHost } = environment
  const container = URL.canParse(address) ? new URL(address).hostname : undefined
  return [...identityHosts, container, metadataHost].filter((host) => host !== undefined)
}

/** Asks clouds by the client of registries, with its retries and its patience; without a `way` by the operator's own. */
export function createCloudHttp(http: HttpClient, way?: OwnProxy): CloudHttp {
  return async ({ method, url, headers = {}, body, kind }) => {
    const proof = { headers, ...(body !== undefined && { body }) }
    const limit = kind === 'listing' ? longestListing : longestBody
    const usual = { accept: 'application/json', kind: kind ?? 'token', limit, way } as const
    const answer = await http.send({ ...usual, method, url, proof })
    return { status: answer.status, headers: answer.headers, text: answer.body.toString('utf8') }
  }
}
