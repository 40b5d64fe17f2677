import { createHash } from 'node:crypto'
import { paged, type Paging } from './paging.ts'
import type { Dialect, DialectAnswer } from './server.ts'

/** What a registry has, and the ways in which it is particular. */
export interface Stock {
  /** Tags in the order in which they are listed, with the creation time of the image of each. */
  readonly images: Readonly<Record<string, string>>
  readonly paging?: Partial<Paging>
  /** Instead of the digest in the header `docker-content-digest` of manifests. */
  readonly told?: (method: string, digest: string) => Readonly<Record<string, string>>
  /** Instead of a blob itself. */
  readonly blob?: (digest: string) => DialectAnswer
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** A registry that has images; each is a manifest and a configuration. */
export function stocked({ images, paging, told, blob }: Stock): Dialect {
  const blobs = new Map<string, Buffer>()
  const digests = new Map<string, string>()
  for (const [tag, created] of Object.entries(images))
    digests.set(tag, put(blobs, manifestOf(put(blobs, configOf(created)))))
  const list = paged({ tags: Object.keys(images), size: 1000, ...paging })
  return (request, server) => {
    const [, kind = '', reference = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.path) ?? []
    if (kind === '') return list(request, server)
    const digest = digests.get(reference) ?? reference
    const content = blobs.get(digest)
    if (content === undefined) return undefined
    if (kind === 'blobs') return blob?.(digest) ?? { body: content }
    const header = told?.(request.method, digest) ?? { 'docker-content-digest': digest }
    return { headers: { 'content-type': manifestType, ...header }, body: content }
  }
}

/** What each tag points to. */
export function digestsOf(images: Stock['images']): ReadonlyMap<string, string> {
  const blobs = new Map<string, Buffer>()
  return new Map(
    Object.entries(images).map(([tag, created]) => [tag, put(blobs, manifestOf(put(blobs, configOf(created))))]),
  )
}

/** The configuration that belongs to a digest, for servers to which blobs are redirected. */
export function configsOf(images: Stock['images']): ReadonlyMap<string, Buffer> {
  const blobs = new Map<string, Buffer>()
  for (const created of Object.values(images)) put(blobs, configOf(created))
  return blobs
}

function put(blobs: Map<string, Buffer>, content: object): string {
  const bytes = Buffer.from(JSON.stringify(content))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  blobs.set(digest, bytes)
  return digest
}

function configOf(created: string): object {
  return { created, os: 'linux', architecture: 'amd64', config: {}, rootfs: { type: 'layers', diff_ids: [] } }
}

function manifestOf(digest: string): object {
  const mediaType = 'application/vnd.oci.image.config.v1+json'
  return { schemaVersion: 2, mediaType: manifestType, config: { mediaType, digest, size: 1 }, layers: [] }
}
