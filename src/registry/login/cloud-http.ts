import { noOwnProxy, type OwnProxy } from '../../core/own-proxy.ts'
import { createHostGuard, type HostGuard } from '../../http/host-guard.ts'
import type { HttpClient } from '../http.ts'
import type { CloudHttp } from './providers/provider.ts'

const longestBody = 64 * 1024
const longestListing = 4 * 1024 * 1024
/** Clouds serve identities at addresses of the machine's own link, where nothing else may go. */
const identityHosts = ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'metadata.google.internal']

/** Lets through what asks clouds for identities. No address comes from a policy but that of a registry which is the cloud's own. */
export function createCloudGuard(
  environment: Readonly<Record<string, string | undefined>>,
  ownProxy: OwnProxy = noOwnProxy,
): HostGuard {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: address = '', GCE_METADATA_HOST: metadataHost } = environment
  const container = URL.canParse(address) ? new URL(address).hostname : undefined
  const named = [...identityHosts, container, metadataHost].filter((host) => host !== undefined)
  // What serves identities is on the machine's own link, whatever it is called.
  const noProxy = [ownProxy.noProxy, ...named].join(',')
  return createHostGuard({
    allowed: ['*', ...named],
    flag: '--allowed-registries',
    ownProxy: { ...ownProxy, noProxy },
  })
}

/** Asks clouds by the client of registries, with its retries and its patience. */
export function createCloudHttp(http: HttpClient): CloudHttp {
  return async ({ method, url, headers = {}, body, kind }) => {
    const proof = { headers, ...(body !== undefined && { body }) }
    const limit = kind === 'listing' ? longestListing : longestBody
    const answer = await http.send({ method, url, proof, kind: kind ?? 'token', accept: 'application/json', limit })
    return { status: answer.status, headers: answer.headers, text: answer.body.toString('utf8') }
  }
}
