import type { Application } from './application.ts'
import { parseGlob } from '../text/glob.ts'

/** Asks Argo CD to compare an Application; Argo CD takes it away once it has. */
export const refreshAnnotation = 'argocd.argoproj.io/refresh'
/** Asks Argo CD's source hydrator to render the dry source; taken away as well. */
export const hydrateAnnotation = 'argocd.argoproj.io/hydrate'
const generatePathsAnnotation = 'argocd.argoproj.io/manifest-generate-paths'

/**
 * How to ask Argo CD to look at a push: `hard` where the Application's manifest-generate-paths leaves one of the changed
 * files out, for then `normal` reuses the manifests it has and ends Synced with the old image. Paths from the repository's root.
 */
export function refreshModeFor(application: Application, changedPaths: readonly string[]): 'normal' | 'hard' {
  const items = itemsOf(application)
  if (items.length === 0) return 'normal'
  const watched = generatePaths(items, application)
  return changedPaths.every((path) => watched.some((item) => covers(item, `/${path}`))) ? 'normal' : 'hard'
}

function itemsOf({ annotations }: Application): readonly string[] {
  const items = (annotations[generatePathsAnnotation] ?? '').split(';').map((item) => item.trim())
  return items.filter((item) => item !== '')
}

/** As Argo CD reads them (`util/app/path`): relative ones belong to the path of each source. */
function generatePaths(items: readonly string[], { sources }: Application): readonly string[] {
  return items
    .flatMap((item) => (item.startsWith('/') ? [item] : sources.map(({ path = '' }) => `/${path}/${item}`)))
    .map(cleaned)
}

function covers(item: string, path: string): boolean {
  if (path === item || path.startsWith(item === '/' ? '/' : `${item}/`)) return true
  const segments = item.split('/')
  const parts = path.split('/')
  // A `*` does not reach across folders.
  return segments.length === parts.length && segments.every((segment, nth) => matchesSegment(segment, parts[nth] ?? ''))
}

function matchesSegment(segment: string, part: string): boolean {
  const glob = segment === '' ? undefined : parseGlob(segment)
  return segment === part || (glob?.ok === true && glob.value.matches(part))
}

function cleaned(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}
