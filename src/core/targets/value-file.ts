import type { Application, ApplicationSource } from '../applications/application.ts'
import { isPathGlob, pathGlob, type PathGlob } from '../text/path-glob.ts'
import { buildEnvironment, withVariables } from './build-environment.ts'
import { sourceFile, type SourceFile } from './source-file.ts'

/** A file in git that a source takes values from, or the pattern of some. */
export interface ValueFile extends SourceFile {
  readonly glob: PathGlob | undefined
}

/**
 * What `helm.valueFiles` of a source mean, as Argo CD reads them: variables of the build environment are replaced, and patterns
 * stand for all files that match (since 3.4). What leads to no file in git is left out.
 */
export function namedValueFiles(
  source: ApplicationSource,
  application: Application,
  argocdNamespace: string,
): readonly ValueFile[] {
  const environment = buildEnvironment(application, source, argocdNamespace)
  return (source.helm?.valueFiles ?? []).flatMap((text) => {
    // The name of another source looks like a variable, and comes first.
    const [, ref, rest] = /^\$([^/]+)(\/.*)$/s.exec(text) ?? []
    const isRef = ref !== undefined && application.sources.some((each) => each.ref === ref)
    const expanded = withVariables(isRef ? (rest ?? '') : text, environment)
    const file =
      expanded === undefined ? undefined : sourceFile(isRef ? `$${ref}${expanded}` : expanded, source, application)
    if (file?.ok !== true) return []
    return [{ ...file.value, glob: isPathGlob(file.value.path) ? pathGlob(file.value.path) : undefined }]
  })
}

/** Whether a path is that of the file, one of those of the pattern, or the pattern itself. */
export function isValueFile({ path, glob }: ValueFile, at: string): boolean {
  return glob === undefined ? path === at : path === at || glob.matches(at)
}
