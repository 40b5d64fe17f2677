import { posix } from 'node:path'
import type { Source, SourceType } from './application.ts'
import { kustomizationNames } from './kustomize.ts'
import { RenderError } from './render-error.ts'

/** What a source is: what its spec (with overrides merged) names, else what its folder holds. Naming two tools is an error. */
export function sourceTypeOf(source: Source, files: ReadonlyMap<string, string>): SourceType {
  const { path = '.', chart, ref } = source
  if (ref !== undefined && source.path === undefined && chart === undefined) return ''
  const named = (['Kustomize', 'Helm', 'Directory', 'Plugin'] as const).filter((type) => isNamed(source, type))
  if (named.length > 1) throw new RenderError(`multiple application sources defined: ${named.join(',')}`)
  if (named[0] !== undefined) return named[0]
  if (chart !== undefined) return 'Helm'
  // A folder that holds both is a kustomization to Argo CD.
  if (kustomizationNames.some((name) => files.has(posix.join(path, name)))) return 'Kustomize'
  return files.has(posix.join(path, 'Chart.yaml')) ? 'Helm' : 'Directory'
}

function isNamed(source: Source, type: 'Kustomize' | 'Helm' | 'Directory' | 'Plugin'): boolean {
  const options = {
    Kustomize: source.kustomize,
    Helm: source.helm,
    Directory: source.directory,
    Plugin: source.plugin,
  }[type]
  return options !== undefined && Object.values(options).some((value) => !isEmpty(value))
}

const isEmpty = (value: unknown) =>
  value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0)
