import { posix } from 'node:path'
import { parseDocument } from 'yaml'
import type { Source } from './application.ts'
import { isMap } from './manifests.ts'
import { applyMergePatch } from './merge-patch.ts'
import { RenderError } from './render-error.ts'

/** An Application's name and namespace, and the namespace of Argo CD itself. */
export interface Owner {
  readonly name: string
  readonly namespace: string
  readonly argoCdNamespace: string
}

/** The source with the override files of its folder merged over it: first everybody's, then the Application's own. */
export function withOverrides(
  source: Source,
  files: ReadonlyMap<string, string>,
  { name, namespace, argoCdNamespace }: Owner,
): Source {
  const own = namespace === argoCdNamespace ? name : `${namespace}_${name}`
  const paths = ['.argocd-source.yaml', `.argocd-source-${own}.yaml`].map((file) =>
    posix.join(source.path ?? '.', file),
  )
  const merged = paths.reduce((before, path) => overriddenBy(before, path, files.get(path)), source)
  // Only what concerns the tools may be overridden.
  const { repoURL, path, targetRevision, chart } = source
  return { ...merged, ...defined({ repoURL, path, targetRevision, chart }) }
}

function overriddenBy(source: Source, path: string, text: string | undefined): Source {
  if (text === undefined) return source
  const document = parseDocument(text)
  if (document.errors.length > 0) throw new RenderError(`${path}: error converting YAML to JSON`)
  const patch: unknown = document.toJS()
  // Also what is left of an empty file, or of one with nothing but comments.
  if (!isMap(patch)) throw new RenderError(`${path}: Invalid JSON Patch`)
  const merged = applyMergePatch(source, patch)
  if (!isMap(merged)) throw new RenderError(`${path}: Invalid JSON Patch`)
  return {
    ...merged,
    ...defined({ helm: readHelm(merged['helm']), kustomize: readKustomize(merged['kustomize']) }),
  } as unknown as Source
}

/** As Go reads it: names without regard to case, and every value of its type. */
function readHelm(value: unknown): object | undefined {
  if (!isMap(value)) return undefined
  const helm = lowerCased(value, [
    'parameters',
    'valueFiles',
    'values',
    'valuesObject',
    'releaseName',
    'ignoreMissingValueFiles',
  ])
  const parameters = list(helm['parameters'], 'helm.parameters').map((item) => {
    const parameter = lowerCased(isMap(item) ? item : {}, ['name', 'value', 'forceString'])
    requireType(parameter['name'], 'string', 'HelmParameter', 'helm.parameters.name')
    requireType(parameter['value'], 'string', 'HelmParameter', 'helm.parameters.value')
    requireType(parameter['forceString'], 'boolean', 'HelmParameter', 'helm.parameters.forceString')
    return parameter
  })
  requireType(helm['values'], 'string', 'ApplicationSourceHelm', 'helm.values')
  return { ...helm, ...(helm['parameters'] === undefined ? {} : { parameters }) }
}

function readKustomize(value: unknown): object | undefined {
  if (!isMap(value)) return undefined
  const kustomize = lowerCased(value, ['images'])
  for (const image of list(kustomize['images'], 'kustomize.images'))
    requireType(image, 'string', 'ApplicationSourceKustomize', 'kustomize.images')
  return kustomize
}

function lowerCased(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  const known = new Map(names.map((name) => [name.toLowerCase(), name]))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [known.get(name.toLowerCase()) ?? name, member]),
  )
}

function list(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw new RenderError(
    `json: cannot unmarshal ${goType(value)} into Go struct field ApplicationSource.${field} of type []`,
  )
}

function requireType(value: unknown, type: 'string' | 'boolean', owner: string, field: string): void {
  if (value === undefined || value === null || typeof value === type) return
  throw new RenderError(
    `json: cannot unmarshal ${goType(value)} into Go struct field ${owner}.${field} of type ${type === 'boolean' ? 'bool' : type}`,
  )
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

const defined = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
