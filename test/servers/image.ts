import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { httpRequest, type HttpResponse } from './request.ts'

/** A registry to push to: ours, or any by its address. */
export interface PushTarget {
  /** Scheme, host and port. */
  readonly pushUrl: string
  /** The `Authorization` header that may do anything with a repository; undefined when none is needed. */
  readonly authorizationFor: (repository: string) => string | undefined
}

/** What to put into an image. The same options make the same digest; `created` is part of them. */
export interface ImageOptions {
  /** The time in its configuration; now unless given. */
  readonly created?: Date
  /** `os/architecture[/variant]`; several make an index. `linux/amd64` unless given. */
  readonly platforms?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** Anything that makes it another image. */
  readonly seed?: string
  /** The media types to use; OCI's unless given. */
  readonly format?: 'oci' | 'docker'
}

/** What was pushed: the digest of the manifest, or of the index. */
export interface PushedImage {
  readonly digest: string
  /** The digest of each platform's manifest; of the only one, the same as `digest`. */
  readonly platforms: Readonly<Record<string, string>>
}

const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    configuration: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    configuration: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const

const anyManifest = Object.values(mediaTypes)
  .flatMap(({ index, manifest }) => [index, manifest])
  .join(', ')
const emptyTar = Buffer.alloc(1024)
const layer = gzipSync(emptyTar)

/** Pushes an image of a few hundred bytes under one tag or several. Throws when the registry refuses. */
export async function pushImage(
  target: PushTarget,
  repository: string,
  tags: string | readonly string[],
  options: ImageOptions = {},
): Promise<PushedImage> {
  const upload = uploader(target, repository)
  const { platforms = ['linux/amd64'], format = 'oci' } = options
  const created = options.created ?? new Date()
  await upload.blob(layer)
  const manifests = []
  for (const platform of platforms) manifests.push(await pushPlatform(upload, platform, { ...options, created }))
  const [first] = manifests
  if (first === undefined) throw new Error('an image is for one platform at least')
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes[format].index,
    manifests: manifests.map(({ descriptor, platform }) => ({ ...descriptor, platform: parsePlatform(platform) })),
  }
  const top = manifests.length === 1 ? first.manifest : index
  for (const tag of typeof tags === 'string' ? [tags] : tags) await upload.manifest(tag, top)
  return {
    digest: digestOf(JSON.stringify(top)),
    platforms: Object.fromEntries(manifests.map(({ platform, descriptor }) => [platform, descriptor.digest])),
  }
}

/** Lets a tag go; what it named stays. */
export async function deleteTag(target: PushTarget, repository: string, tag: string): Promise<void> {
  await expectStatus(await send(target, repository, { method: 'DELETE', path: `manifests/${tag}` }), [202])
}

/** Has a tag name what another tag, or a digest, names now. */
export async function retag(
  target: PushTarget,
  repository: string,
  from: string,
  to: string,
): Promise<PushedImage['digest']> {
  const { body, headers } = await expectStatus(
    await send(target, repository, { method: 'GET', path: `manifests/${from}`, headers: { accept: anyManifest } }),
    [200],
  )
  const contentType = headers['content-type'] ?? ''
  await expectStatus(
    await send(target, repository, {
      method: 'PUT',
      path: `manifests/${to}`,
      headers: { 'content-type': contentType },
      body,
    }),
    [201],
  )
  return digestOf(body)
}

interface Manifest {
  readonly mediaType: string
}

interface Upload {
  readonly blob: (content: Buffer) => Promise<void>
  readonly manifest: (reference: string, manifest: Manifest) => Promise<void>
}

async function pushPlatform(upload: Upload, platform: string, options: ImageOptions & { readonly created: Date }) {
  const types = mediaTypes[options.format ?? 'oci']
  const configuration = Buffer.from(JSON.stringify(configurationFor(platform, options)))
  await upload.blob(configuration)
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.configuration, configuration),
    layers: [descriptor(types.layer, layer)],
  }
  const content = JSON.stringify(manifest)
  await upload.manifest(digestOf(content), manifest)
  return { platform, manifest, descriptor: descriptor(types.manifest, content) }
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md */
function configurationFor(
  platform: string,
  { created, labels = {}, seed = '' }: ImageOptions & { readonly created: Date },
): object {
  return {
    created: created.toISOString(),
    ...parsePlatform(platform),
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [digestOf(emptyTar)] },
    history: [{ created: created.toISOString(), comment: seed }],
  }
}

function parsePlatform(platform: string): object {
  const [os, architecture, variant] = platform.split('/')
  return { os, architecture, ...(variant !== undefined && { variant }) }
}

function descriptor(
  mediaType: string,
  content: Buffer | string,
): { readonly mediaType: string; readonly digest: string; readonly size: number } {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) }
}

function digestOf(content: Buffer | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs */
function uploader(target: PushTarget, repository: string): Upload {
  return {
    blob: async (content) => {
      const digest = digestOf(content)
      if ((await send(target, repository, { method: 'HEAD', path: `blobs/${digest}` })).status === 200) return
      const { headers } = await expectStatus(
        await send(target, repository, { method: 'POST', path: 'blobs/uploads/' }),
        [202],
      )
      const location = new URL(headers.location ?? '', target.pushUrl)
      location.searchParams.set('digest', digest)
      await expectStatus(
        await send(target, repository, {
          method: 'PUT',
          url: location.href,
          headers: { 'content-type': 'application/octet-stream' },
          body: content,
        }),
        [201],
      )
    },
    manifest: async (reference, manifest) => {
      const request = {
        method: 'PUT',
        path: `manifests/${reference}`,
        headers: { 'content-type': manifest.mediaType },
        body: JSON.stringify(manifest),
      }
      await expectStatus(await send(target, repository, request), [201])
    },
  }
}

interface RegistryRequest {
  readonly method: string
  /** Below the repository, or `url` instead. */
  readonly path?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

async function send(
  target: PushTarget,
  repository: string,
  { path = '', url, headers = {}, ...rest }: RegistryRequest,
): Promise<HttpResponse & { readonly what: string }> {
  const authorization = target.authorizationFor(repository)
  const response = await httpRequest({
    ...rest,
    url: url ?? `${target.pushUrl}/v2/${repository}/${path}`,
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
  })
  return { ...response, what: `${rest.method} ${repository}/${path}` }
}

async function expectStatus<T extends HttpResponse & { readonly what: string }>(
  response: T,
  statuses: readonly number[],
): Promise<T> {
  if (!statuses.includes(response.status))
    throw new Error(
      `${response.what}: the registry answered ${response.status}: ${response.body.toString().slice(0, 300)}`,
    )
  return response
}
