import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { OwnProxy } from '../../core/own-proxy.ts'
import { createCloudGuard, createCloudHttp, sparingIdentities } from './cloud-http.ts'
import { createCloudLogins, type CloudLogins, type CloudLoginsOptions } from './cloud-logins.ts'
import { createHttpClient, type RequestObserver } from '../wire/http.ts'
import { createCloudProviders } from './providers/index.ts'
import { notSetUp } from './providers/provider.ts'

/** Logins of clouds, with connections of their own. */
export interface OpenCloudLogins extends CloudLogins {
  close(): Promise<void>
}

/** What they need besides the clouds. */
export interface OpenCloudLoginsOptions extends Pick<CloudLoginsOptions, 'check' | 'now' | 'random'> {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly ownProxy?: OwnProxy
  readonly onRequest?: RequestObserver | undefined
}

/** Makes the logins of an operator. */
export function openCloudLogins(options: OpenCloudLoginsOptions): OpenCloudLogins {
  const { environment, ownProxy, now, random, onRequest } = options
  const guard = createCloudGuard(environment, ownProxy)
  const http = createHttpClient({ guard, onRequest, now, random, pause })
  const providersBy: CloudLoginsOptions['providersBy'] = (proxy) => {
    const way = proxy && sparingIdentities(environment, proxy)
    return createCloudProviders({ http: createCloudHttp(http, way), environment, readText, now })
  }
  return { ...createCloudLogins({ ...options, providersBy }), close: () => guard.close() }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal: AbortSignal.timeout(5_000) })
  } catch {
    throw notSetUp(`${path}, which the environment names for an identity of a cloud, can't be read`)
  }
}
