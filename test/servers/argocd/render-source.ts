import { posix } from 'node:path'
import { isMultiSource, sourcesOf, type Application, type Source, type SourceType } from './application.ts'
import { renderChart } from './helm.ts'
import { buildKustomization } from './kustomize.ts'
import { parseManifests, type Manifest } from './manifests.ts'
import { withOverrides } from './override.ts'
import { RenderError } from './render-error.ts'
import { sourceTypeOf } from './source-type.ts'

/** A source's files at the commit (for a chart from a Helm repository: the version) that its targetRevision named. */
export interface Checkout {
  readonly revision: string
  readonly files: ReadonlyMap<string, string>
}

/** All that one Application's sources are rendered from: a checkout a source, in their order. */
export interface Checkouts {
  readonly argoCdNamespace: string
  readonly checkouts: readonly Checkout[]
}

/** Renders source number `i` with its overrides. One that only lends its files, and a plugin's, have no manifests. */
export function renderSource(
  application: Application,
  i: number,
  all: Checkouts,
): { type: SourceType; manifests: readonly Manifest[] } {
  const { source, files, path } = placeOf(application, i, all)
  if (path !== '.' && !holds(files, path)) throw new RenderError(`${path}: app path does not exist`)
  const type = sourceTypeOf(source, files)
  switch (type) {
    case '':
    case 'Plugin':
      return { type, manifests: [] }
    case 'Kustomize':
      return { type, manifests: buildKustomization(files, path, source.kustomize?.images) }
    case 'Directory':
      return {
        type,
        manifests: parseManifests([...files].filter(([file]) => isIn(file, path, source.directory?.recurse))),
      }
    case 'Helm':
      return { type, manifests: renderHelm(application, { source, files, path }, all) }
  }
}

interface Place {
  readonly source: Source
  readonly files: ReadonlyMap<string, string>
  readonly path: string
}

function placeOf(application: Application, i: number, { argoCdNamespace, checkouts }: Checkouts): Place {
  const source = sourcesOf(application)[i] ?? { repoURL: '' }
  const files = checkouts[i]?.files ?? new Map<string, string>()
  // Overrides are read neither for a chart from a Helm repository nor for a source without a path.
  const isOverridden = source.chart === undefined && source.path !== undefined
  const owner = { ...application.metadata, argoCdNamespace }
  return { source: isOverridden ? withOverrides(source, files, owner) : source, files, path: source.path ?? '.' }
}

function renderHelm(
  application: Application,
  { source, files, path }: Place,
  { checkouts }: Checkouts,
): readonly Manifest[] {
  const refs = isMultiSource(application.spec) ? refsOf(sourcesOf(application), checkouts) : new Map<string, Checkout>()
  return renderChart(files, path, {
    name: application.metadata.name,
    namespace: application.spec.destination.namespace ?? '',
    options: source.helm ?? {},
    valueFile: (file) => readValueFile(file, { files, path, refs }),
  })
}

/** By name, the sources that lend their files to others. */
function refsOf(sources: readonly Source[], checkouts: readonly Checkout[]): ReadonlyMap<string, Checkout> {
  const named = sources.flatMap(({ ref }, i) => {
    const checkout = checkouts[i]
    return ref === undefined || checkout === undefined ? [] : [[ref, checkout] as const]
  })
  return new Map(named)
}

interface ValueFilePlace {
  readonly files: ReadonlyMap<string, string>
  readonly path: string
  readonly refs: ReadonlyMap<string, Checkout>
}

/** `$ref/…` and `/…` are seen from a repository's root, anything else from the source's folder. */
function readValueFile(file: string, { files, path, refs }: ValueFilePlace): string | undefined {
  const [, ref, rest = ''] = /^\$([^/]+)\/(.*)$/.exec(file) ?? []
  if (ref !== undefined) return refs.get(ref)?.files.get(posix.normalize(rest))
  return files.get(file.startsWith('/') ? posix.normalize(file.slice(1)) : posix.join(path, file))
}

const holds = (files: ReadonlyMap<string, string>, folder: string) =>
  [...files.keys()].some((file) => file.startsWith(`${posix.normalize(folder)}/`))

function isIn(file: string, folder: string, recurse = false): boolean {
  const relative = posix.relative(folder, file)
  const isBelow = !relative.startsWith('..') && (recurse || !relative.includes('/'))
  return isBelow && /\.(ya?ml|json)$/.test(relative) && !relative.startsWith('.argocd-source')
}
