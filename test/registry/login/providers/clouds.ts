import type { TestContext } from 'node:test'
import { createCloudHttp } from '../../../../src/registry/login/cloud-http.ts'
import type { CloudHttp, CloudParts } from '../../../../src/registry/login/providers/provider.ts'
import type { DialectAnswer, DialectRequest } from '../../../servers/registry-dialects/server.ts'
import { openHttp, useDialect } from '../../fixture.ts'

/** A request as one of a cloud's servers sees it, with the name by which it was asked. */
export interface CloudSeen extends DialectRequest {
  readonly origin: string
}

/** What a cloud answers; undefined is 404. */
export type Cloud = (request: CloudSeen) => DialectAnswer | undefined

/**
 * Parts of a provider whose requests all reach one small server on this machine, whatever their host: what is sent, and what comes back, has gone
 * through the operator's own client. `files` are those that the environment names.
 */
export async function useCloud(
  t: TestContext,
  cloud: Cloud,
  more: { environment?: CloudParts['environment']; files?: Readonly<Record<string, string>> } = {},
) {
  const seen: CloudSeen[] = []
  const origins: string[] = []
  const server = await useDialect(t, (request) => {
    const known = { ...request, origin: origins.shift() ?? '' }
    seen.push(known)
    return cloud(known)
  })
  const { http, clock } = openHttp(t)
  const direct = createCloudHttp(http)
  const routed: CloudHttp = async (request) => {
    origins.push(request.url.origin)
    return await direct({ ...request, url: new URL(request.url.pathname + request.url.search, server.url) })
  }
  const parts: CloudParts = {
    http: routed,
    environment: more.environment ?? {},
    readText: async (path) => more.files?.[path] ?? '',
    now: clock.now,
  }
  return { parts, seen, clock }
}

/** An account whose tokens tell what they are for. */
export const account = (annotations: Readonly<Record<string, string>>) => ({
  name: 'apps/web',
  annotations,
  token: async (audience: string) => `token for ${audience}`,
})

/** `GET https://host/path`, for comparing. */
export const asked = ({ method, origin, path, query }: CloudSeen): string => `${method} ${origin}${path}${query}`

/** The fields of a form. */
export const fieldsOf = ({ body }: CloudSeen): Readonly<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(body))
