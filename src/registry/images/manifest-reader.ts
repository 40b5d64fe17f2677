import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import type { AuthorizedHttp } from '../login/authorized-http.ts'
import { digestOf, hasDigest, isUsualDigest } from './digest.ts'
import type { HttpResponse } from '../wire/exchange.ts'
import { acceptedManifests, isManifest } from './manifest.ts'
import { errorCodes, refusal } from '../refusal.ts'
import { repositoryName, type RepositoryAccess } from '../repository-access.ts'

const largest = 8 * 1024 * 1024

/** The digest that a tag points to, by HEAD where the registry tells it so; undefined: there is no such tag. Throws a ReconcileError. */
export async function resolveDigest(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  tag: string,
): Promise<string | undefined> {
  const told = access.dialect?.noHead === true ? undefined : await digestByHead(http, access, tag)
  if (told !== undefined) return told
  // HEAD tells no reasons, and some registries can't do it or leave the digest out.
  const response = await manifest(http, access, 'GET', tag)
  if (response.status === 404 && errorCodes(response.body)?.includes('NAME_UNKNOWN') !== true) return undefined
  if (response.status !== 200) throw refusal(response, access)
  if (!isManifest(response.body)) {
    const message = `${response.url.host} answers with something that is no manifest of ${access.repository} (a login page?)`
    throw new ReconcileError(reasons.registryProtocolError, message)
  }
  // The digest of a signed manifest of schema 1 is not that of its bytes.
  const signed = response.headers['content-type']?.includes('manifest.v1+prettyjws') === true
  return signed ? (toldDigest(response) ?? digestOf(response.body)) : digestOf(response.body)
}

async function digestByHead(http: AuthorizedHttp, access: RepositoryAccess, tag: string): Promise<string | undefined> {
  const head = await manifest(http, access, 'HEAD', tag)
  return head.status === 200 ? toldDigest(head) : undefined
}

/** A manifest by its digest; undefined: there is none. The bytes are verified. Throws a ReconcileError. */
export async function readManifest(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  digest: string,
): Promise<Buffer | undefined> {
  return verified(await manifest(http, access, 'GET', digest), access, digest)
}

/** A blob by its digest, as {@link readManifest}. */
export async function readBlob(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  digest: string,
): Promise<Buffer | undefined> {
  const ask = { method: 'GET', kind: 'blob', path: `blobs/${digest}`, accept: '*/*', limit: largest } as const
  return verified(await http.send(access, ask), access, digest)
}

function manifest(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  method: 'GET' | 'HEAD',
  reference: string,
): Promise<HttpResponse> {
  return http.send(access, {
    method,
    kind: 'manifest',
    path: `manifests/${reference}`,
    accept: acceptedManifests,
    limit: largest,
  })
}

/** It may be written for clusters to pull by. */
function toldDigest({ headers }: HttpResponse): string | undefined {
  const digest = headers['docker-content-digest']
  return digest !== undefined && isUsualDigest(digest) ? digest : undefined
}

function verified(response: HttpResponse, access: RepositoryAccess, digest: string): Buffer | undefined {
  if (response.status === 404) return undefined
  if (response.status !== 200) throw refusal(response, access)
  if (hasDigest(response.body, digest)) return response.body
  throw new ReconcileError(
    reasons.registryProtocolError,
    `${response.url.host} sends other bytes than ${digest} of ${repositoryName(access)}`,
  )
}
