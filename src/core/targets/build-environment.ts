import type { Application, ApplicationSource } from '../applications/application.ts'

/** Variables by name; undefined: what one stands for is known only while Argo CD renders. */
export type BuildEnvironment = ReadonlyMap<string, string | undefined>

/** What Argo CD lets stand for `$ARGOCD_APP_…` when it renders a source of an Application. */
export function buildEnvironment(
  { namespace, name, project, destinationNamespace }: Application,
  { path = '', repoURL, targetRevision = '' }: ApplicationSource,
  argocdNamespace: string,
): BuildEnvironment {
  return new Map([
    ['ARGOCD_APP_NAME', namespace === argocdNamespace ? name : `${namespace}_${name}`],
    ['ARGOCD_APP_NAMESPACE', destinationNamespace],
    ['ARGOCD_APP_PROJECT_NAME', project],
    ['ARGOCD_APP_SOURCE_PATH', path],
    ['ARGOCD_APP_SOURCE_REPO_URL', repoURL],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', targetRevision],
    ['ARGOCD_APP_REVISION', undefined],
    ['ARGOCD_APP_REVISION_SHORT', undefined],
    ['ARGOCD_APP_REVISION_SHORT_8', undefined],
  ])
}

/** A text with what its variables stand for, as Go's `os.Expand` reads it; `$$` is `$`. Undefined: one is not known here. */
export function withVariables(text: string, environment: BuildEnvironment): string | undefined {
  let isKnown = true
  const expanded = text.replaceAll(/\$(?:\{([^}]*)\}|([*#$@!?0-9-]|[A-Za-z_][A-Za-z0-9_]*))/g, (_, braced, bare) => {
    const variable = String(braced ?? bare)
    if (variable === '$') return '$'
    if (environment.has(variable) && environment.get(variable) === undefined) isKnown = false
    return environment.get(variable) ?? ''
  })
  return isKnown ? expanded : undefined
}
