import { fieldsOf, isFields, listOf, textOf, type Fields } from '../fields.ts'
import { kustomizationNames } from './kustomization.ts'

const named = { Kustomize: 'kustomize', Helm: 'helm', Directory: 'directory', Plugin: 'plugin' } as const

/**
 * The types of an Application's sources that can be told without Argo CD: what a source's spec names, else what its folder
 * holds; `namesIn` tells the names in a folder, undefined where there is none. Empty: it can't be told, or is only a ref.
 */
export function sourceTypes(spec: Fields, namesIn: (path: string) => readonly string[] | undefined): readonly string[] {
  const several = listOf(spec['sources'])
  const sources = several.length > 0 ? several : [spec['source']]
  return sources.filter(isFields).map((source) => sourceType(source, namesIn))
}

function sourceType(source: Fields, namesIn: (path: string) => readonly string[] | undefined): string {
  const path = textOf(source['path'])
  const hasChart = (textOf(source['chart']) ?? '') !== ''
  if ((textOf(source['ref']) ?? '') !== '' && path === undefined && !hasChart) return ''
  const types = Object.entries(named).flatMap(([type, member]) => (saysAnything(source[member]) ? [type] : []))
  const [type, second] = types
  // Argo CD refuses a source that names two tools.
  if (type !== undefined) return second === undefined ? type : ''
  return hasChart ? 'Helm' : folderType(namesIn(plainPath(path ?? '')))
}

/** From the root, which is empty. */
function plainPath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')
}

/** A folder that holds both is a kustomization to Argo CD. */
function folderType(names: readonly string[] | undefined): string {
  if (names === undefined) return ''
  if (kustomizationNames.some((name) => names.includes(name))) return 'Kustomize'
  return names.includes('Chart.yaml') ? 'Helm' : 'Directory'
}

function saysAnything(options: unknown): boolean {
  return Object.values(fieldsOf(options)).some(
    (value) => value !== '' && value !== false && value !== null && !(Array.isArray(value) && value.length === 0),
  )
}
