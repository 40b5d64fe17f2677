import { fieldsOf, isFields, listOf, textOf, type Fields } from '../fields.ts'
import { kustomizationNames } from './kustomization.ts'

const named = { Kustomize: 'kustomize', Helm: 'helm', Directory: 'directory', Plugin: 'plugin' } as const

/**
 * The types of an Application's sources that can be told without Argo CD: what a source's spec names, else what its folder
 * holds; `namesIn` tells the names in a folder, undefined where there is none. Empty: it can't be told, or is only a ref.
 */
export function sourceTypes(spec: Fields, namesIn: (path: string) => readonly string[] | undefined): readonly string[] {
  const several = listOf(spec['sources'])
  const hydrator = spec['sourceHydrator']
  const single = several.length > 0 ? several : [spec['source']]
  const sources = isFields(hydrator) ? [hydrator['drySource']] : single
  return sources.filter(isFields).map((source) => sourceType(source, namesIn))
}

function sourceType(source: Fields, namesIn: (path: string) => readonly string[] | undefined): string {
  const path = textOf(source['path'])
  const hasChart = (textOf(source['chart']) ?? '') !== ''
  if ((textOf(source['ref']) ?? '') !== '' && path === undefined && !hasChart) return ''
  if (typesNamed(source).length > 0) return namedType(source)
  if (hasChart) return 'Helm'
  const names = namesIn(plainPath(path ?? ''))
  return names === undefined ? '' : folderType(names)
}

/** The type that a source's spec names; empty: none, or two, which Argo CD refuses. */
export function namedType(source: Fields): string {
  const [type = '', second] = typesNamed(source)
  return second === undefined ? type : ''
}

function typesNamed(source: Fields): readonly string[] {
  return Object.entries(named).flatMap(([type, member]) => (saysAnything(source[member]) ? [type] : []))
}

/** From the root, which is empty. */
function plainPath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')
}

/** The type of a folder by the names of what it holds; a folder that holds both is a kustomization to Argo CD. */
export function folderType(names: readonly string[]): 'Kustomize' | 'Helm' | 'Directory' {
  if (kustomizationNames.some((name) => names.includes(name))) return 'Kustomize'
  return names.includes('Chart.yaml') ? 'Helm' : 'Directory'
}

function saysAnything(options: unknown): boolean {
  return Object.values(fieldsOf(options)).some(
    (value) => value !== '' && value !== false && value !== null && !(Array.isArray(value) && value.length === 0),
  )
}
