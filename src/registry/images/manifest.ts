import { originIn, type Origin } from '../../core/choosing/origin.ts'
import { platformOf, type Platform } from '../../core/choosing/platform.ts'
import { parseCreated } from './creation-time.ts'

/** What annotations tell. */
interface Annotated {
  readonly created: number | undefined
  readonly origin: Origin | undefined
}

/** A manifest as far as it is read. `other` is everything that is no image: artifacts, signatures, schema 1. */
export type Manifest =
  | ({ readonly kind: 'index'; readonly children: readonly Child[] } & Annotated)
  | ({ readonly kind: 'image'; readonly config: string } & Annotated)
  | { readonly kind: 'other' }

/** An entry of an index that may be an image. */
export interface Child extends Annotated {
  readonly digest: string
  /** Undefined: the index does not tell. */
  readonly platform: Platform | undefined
}

/** What is asked for by tag: all kinds of manifests that name images, for some registries answer with 404 or a conversion otherwise. */
export const acceptedManifests = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const imageConfigs = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json']
const createdAnnotation = 'org.opencontainers.image.created'
const createdLabels = [createdAnnotation, 'org.label-schema.build-date']

type Fields = Readonly<Record<string, unknown>>
const other: Manifest = { kind: 'other' }

/** Reads a manifest whose digest has been verified; what it is, is told by its shape, for media types in headers are often wrong. */
export function parseManifest(content: Uint8Array): Manifest {
  const manifest = jsonFields(content)
  const annotated = annotatedIn(manifest)
  if (Array.isArray(manifest['manifests'])) {
    if (!isImageType(manifest['artifactType'])) return other
    return { kind: 'index', ...annotated, children: manifest['manifests'].map(fields).flatMap(childOf) }
  }
  const { digest } = fields(manifest['config'])
  if (typeof digest !== 'string' || !isImage(manifest)) return other
  return { kind: 'image', ...annotated, config: digest }
}

/** Whether content is a manifest of any kind, schema 1 and artifacts among them, and not a page of somebody who stands between. */
export function isManifest(content: Uint8Array): boolean {
  const { schemaVersion, mediaType, manifests, config } = jsonFields(content)
  return typeof schemaVersion === 'number' || [mediaType, manifests, config].some((member) => member !== undefined)
}

/** What an image's configuration tells: its platform, its own time, and the newer of its labels, for those are inherited from the base image. */
export function parseConfig(content: Uint8Array): {
  readonly platform: Platform | undefined
  readonly created: number | undefined
  readonly label: number | undefined
  readonly origin: Origin | undefined
} {
  const config = jsonFields(content)
  const labels = fields(fields(config['config'])['Labels'])
  const labelled = createdLabels.flatMap((name) => parseCreated(labels[name]) ?? [])
  return {
    platform: platformIn(config),
    created: parseCreated(config['created']),
    label: labelled.length === 0 ? undefined : Math.max(...labelled),
    origin: originIn(labels),
  }
}

/** Attestations of buildx stand in the index like platforms, as `unknown/unknown`. */
function childOf(entry: Fields): readonly Child[] {
  const { digest } = entry
  const platform = fields(entry['platform'])
  const { os, architecture } = platform
  const attestation = fields(entry['annotations'])['vnd.docker.reference.type'] !== undefined
  if (typeof digest !== 'string' || attestation || !isImageType(entry['artifactType'])) return []
  if (os === 'unknown' || architecture === 'unknown') return []
  return [{ digest, ...annotatedIn(entry), platform: platformIn(platform) }]
}

/** Kept for ever, and so no longer than any platform is called. */
function platformIn(told: Fields): Platform | undefined {
  const parts = [told['os'], told['architecture'], told['variant'] ?? '']
  return parts.every((part) => typeof part === 'string' && /^[\w.-]{0,64}$/.test(part)) ? platformOf(told) : undefined
}

/** Old signatures pose as images; their layers tell. */
function isImage(manifest: Fields): boolean {
  if (!isImageType(manifest['artifactType']) || !isImageConfig(fields(manifest['config'])['mediaType'])) return false
  const layers = Array.isArray(manifest['layers']) ? manifest['layers'].map(fields) : []
  return !layers.some(({ mediaType }) => mediaType === 'application/vnd.dev.cosign.simplesigning.v1+json')
}

function isImageType(artifactType: unknown): boolean {
  return artifactType === undefined || artifactType === '' || isImageConfig(artifactType)
}

function isImageConfig(mediaType: unknown): boolean {
  return typeof mediaType === 'string' && imageConfigs.includes(mediaType)
}

function annotatedIn(object: Fields): Annotated {
  const annotations = fields(object['annotations'])
  return { created: parseCreated(annotations[createdAnnotation]), origin: originIn(annotations) }
}

function jsonFields(content: Uint8Array): Fields {
  try {
    return fields(JSON.parse(Buffer.from(content).toString('utf8')))
  } catch {
    return {}
  }
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}
