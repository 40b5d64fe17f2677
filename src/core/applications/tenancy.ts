import { RE2JS } from 're2js'
import type { Application, Project } from './application.ts'
import { matchesArgocdGlob } from './argocd-glob.ts'

/** What decides whether a policy may link an Application of another namespace. */
export interface Tenancy {
  readonly argocdNamespace: string
  /** Flag `--allow-cross-namespace`. */
  readonly allowCrossNamespace: boolean
  readonly projectOf: (application: Application) => Project | undefined
}

/**
 * Whether a policy may link an Application: one of its own namespace always; another with `--allow-cross-namespace`, or
 * when it lives in Argo CD's namespace and its AppProject names the policy's namespace (docs/security.md, "Whose Applications").
 */
export function mayLink(application: Application, policyNamespace: string, tenancy: Tenancy): boolean {
  if (application.namespace === policyNamespace || tenancy.allowCrossNamespace) return true
  if (application.namespace !== tenancy.argocdNamespace) return false
  const project = tenancy.projectOf(application)
  return project !== undefined && namesNamespace(project, policyNamespace)
}

/** Whether Argo CD works on an Application of a namespace that is not its own: its AppProject must admit it, by a glob or a `/regular expression/`. */
export function admitsNamespace(project: Project, namespace: string): boolean {
  return project.sourceNamespaces.some(
    (glob) => matchesArgocdGlob(glob, namespace) || matchesExpression(glob, namespace),
  )
}

function matchesExpression(text: string, namespace: string): boolean {
  if (text.length < 2 || !text.startsWith('/') || !text.endsWith('/')) return false
  try {
    return RE2JS.compile(text.slice(1, -1)).matcher(namespace).find()
  } catch {
    // Argo CD's expressions know look-around, RE2's do not: who needs that is not admitted here.
    return false
  }
}

// A bare `*` opens the project to everybody and names nobody; nor does a regular expression.
function namesNamespace({ sourceNamespaces }: Project, namespace: string): boolean {
  return sourceNamespaces.some((glob) => !/^\*+$/.test(glob) && matchesArgocdGlob(glob, namespace))
}
