import { posix } from 'node:path'
import { parse } from 'yaml'
import { isMap, mapImages, parseManifests, type Manifest } from './manifests.ts'
import { RenderError } from './render-error.ts'

/** The names under which a kustomization file is found, in this order. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const

/** An entry of a kustomization's `images`. */
interface ImageEntry {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

type Files = ReadonlyMap<string, string>

/**
 * Builds a kustomization with `images` set on it as `kustomize edit set image` would (an entry of the same name is replaced). Of the
 * language it knows `resources` (files and folders) and `images`; the rest (patches, names, labels …) is left alone.
 */
export function buildKustomization(files: Files, folder: string, images: readonly string[] = []): readonly Manifest[] {
  const file = kustomizationNames.map((name) => posix.join(folder, name)).find((path) => files.has(path))
  if (file === undefined)
    throw new RenderError(
      `Error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${folder}'`,
    )
  const kustomization = parseKustomization(file, files.get(file) ?? '')
  const set = images.map(parseImageEntry)
  const entries = [...kustomization.images.filter(({ name }) => !set.some((entry) => entry.name === name)), ...set]
  const manifests = kustomization.resources.flatMap((resource) => buildResource(files, posix.join(folder, resource)))
  return entries.reduce(
    (built, entry) => mapImages(built, (image) => transformImage(image, entry)),
    manifests as readonly Manifest[],
  )
}

function buildResource(files: Files, path: string): readonly Manifest[] {
  const text = files.get(path)
  return text === undefined ? buildKustomization(files, path) : parseManifests([[path, text]])
}

function parseKustomization(
  path: string,
  text: string,
): { resources: readonly string[]; images: readonly ImageEntry[] } {
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch {
    throw new RenderError(`Error: invalid Kustomization: error converting YAML to JSON: ${path}`)
  }
  if (!isMap(value)) throw new RenderError(`Error: invalid Kustomization: ${path}`)
  const { resources = [], images = [] } = value
  return { resources: resources as readonly string[], images: images as readonly ImageEntry[] }
}

/** `NAME:TAG`, `NAME=NEW:TAG`, `NAME@DIGEST`, `NAME:TAG@DIGEST` as an entry. */
function parseImageEntry(text: string): ImageEntry {
  const equals = text.indexOf('=')
  const { name, tag, digest } = splitImage(text.slice(equals + 1))
  const parts = { ...(tag === undefined ? {} : { newTag: tag }), ...(digest === undefined ? {} : { digest }) }
  return equals < 0 ? { name, ...parts } : { name: text.slice(0, equals), newName: name, ...parts }
}

function transformImage(image: string, { name, newName, newTag, digest }: ImageEntry): string {
  const old = splitImage(image)
  if (old.name !== name) return image
  const [tag, pin] = newTag === undefined && digest === undefined ? [old.tag, old.digest] : [newTag, digest]
  return `${newName ?? old.name}${tag === undefined ? '' : `:${tag}`}${pin === undefined ? '' : `@${pin}`}`
}

function splitImage(image: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const [rest = '', digest] = image.split('@')
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1)
  return { name: colon < 0 ? rest : rest.slice(0, colon), tag: colon < 0 ? undefined : rest.slice(colon + 1), digest }
}
