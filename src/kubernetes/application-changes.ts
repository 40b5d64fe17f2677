import { isDeepStrictEqual } from 'node:util'
import { resumedAtAnnotation } from '../api/v1alpha1.ts'
import type { Application } from '../core/applications/application.ts'
import { refreshAnnotation } from '../core/applications/refresh.ts'

const watchedAnnotations = [resumedAtAnnotation, refreshAnnotation, 'argocd.argoproj.io/manifest-generate-paths']

/**
 * Whether an Application changed in anything a policy looks at: Argo CD writes an Application every few
 * minutes, and at each step of a sync, without any of this having changed.
 */
export function hasChanged(before: Application | undefined, after: Application | undefined): boolean {
  if (before === undefined || after === undefined) return true
  return !isDeepStrictEqual(whatCounts(before), whatCounts(after))
}

function whatCounts(application: Application): unknown {
  const { uid, labels, annotations, owners, project, sources, multiple, hydrated } = application
  const { sourceTypes, comparisonErrors, sync, health, images } = application
  const watched = watchedAnnotations.map((name) => annotations[name])
  const spec = [project, sources, multiple, hydrated]
  return [uid, labels, watched, owners, spec, sourceTypes, comparisonErrors, sync, health, images]
}
