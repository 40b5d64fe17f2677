import { parseImageValue } from '../image-value.ts'
import type { HelmPlace, PolicySpec } from '../policy.ts'
import type { Repository } from '../reference.ts'
import { distinct, type ListEntry } from './entries.ts'
import type { Tool } from './source.ts'

/** What a policy writes into one source: the image, and the places for it. */
export interface Target {
  readonly tool: Tool
  readonly image: Repository
  readonly places: readonly HelmPlace[]
  /** The image name as it stands in the Kustomize base. */
  readonly kustomizeName: string
  /** A place's tag keys are not written: the digest alone is. */
  readonly digestOnly: boolean
}

/** The target of a policy in a source of this tool. */
export function targetOf({ image, writeBack }: Pick<PolicySpec, 'image' | 'writeBack'>, tool: Tool): Target {
  return {
    tool,
    image,
    places: writeBack.helm,
    kustomizeName: writeBack.kustomizeName ?? image.written,
    digestOnly: writeBack.digest === 'only',
  }
}

/** The names of the parameters or images that are the policy's, each once; conflicts are judged by them. */
export function namesOf({ tool, places, kustomizeName, digestOnly }: Target): readonly string[] {
  if (tool === 'kustomize') return [kustomizeName]
  const names = places.flatMap(({ name, tag, registry, digest, spec }) => [
    name,
    registry,
    digestOnly ? undefined : tag,
    digest,
    spec,
  ])
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** The entries that say a value (`1.4.2`, `1.4.2@sha256:…` or `@sha256:…`). */
export function entriesFor(target: Target, value: string): readonly ListEntry[] {
  const { tag, digest } = parseImageValue(value)
  const suffix = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
  const { tool, image, places, kustomizeName } = target
  if (tool === 'kustomize') {
    const renamed = kustomizeName === image.written ? '' : `=${image.written}`
    return [{ name: kustomizeName, value: `${kustomizeName}${renamed}${suffix}`, forceString: false }]
  }
  const pairs = places.flatMap((place) => [
    ...namePairs(place, image),
    ...versionPairs(place, { image, tag, digest, suffix }),
  ])
  return distinct(pairs.map(([name, text]) => ({ name, value: text, forceString: true })))
}

type Pair = readonly [name: string, value: string]

function namePairs({ name, registry }: HelmPlace, { written, registry: host }: Repository): readonly Pair[] {
  const writtenHost = hostIn(written)
  const bare = writtenHost === undefined ? written : written.slice(writtenHost.length + 1)
  return [
    ...(registry === undefined ? [] : [[registry, writtenHost ?? host] as const]),
    ...(name === undefined ? [] : [[name, registry === undefined ? written : bare] as const]),
  ]
}

interface Version {
  readonly image: Repository
  readonly tag: string | undefined
  readonly digest: string | undefined
  readonly suffix: string
}

function versionPairs(place: HelmPlace, { image, tag, digest, suffix }: Version): readonly Pair[] {
  if (place.spec !== undefined) return [[place.spec, `${image.written}${suffix}`]]
  const pairs: Pair[] = []
  if (place.tag !== undefined && tag !== undefined) {
    pairs.push([place.tag, place.digest === undefined && digest !== undefined ? `${tag}@${digest}` : tag])
  }
  if (place.digest !== undefined && digest !== undefined) pairs.push([place.digest, digest])
  return pairs
}

/** The registry as the user wrote it: a first segment that can't be a folder on Docker Hub. */
function hostIn(written: string): string | undefined {
  const slash = written.indexOf('/')
  const first = slash < 0 ? '' : written.slice(0, slash)
  return /[.:]/.test(first) || first === 'localhost' ? first : undefined
}
