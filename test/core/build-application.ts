import type { Application, ApplicationSource } from '../../src/core/applications/application.ts'
import type { Glob } from '../../src/core/text/glob.ts'
import type { ApplicationEntry } from '../../src/core/policy.ts'

/** A source in git, with what a test says of it. */
export function source(parts: Partial<ApplicationSource> = {}): ApplicationSource {
  return {
    repoURL: 'https://git.example.com/acme/config.git',
    path: 'apps/web',
    targetRevision: 'main',
    chart: undefined,
    name: undefined,
    ref: undefined,
    helm: undefined,
    kustomize: undefined,
    ...parts,
  }
}

/** An Application `argocd/web` with one Helm source that Argo CD has compared, with what a test says of it. */
export function application(parts: Partial<Application> = {}): Application {
  const sources = parts.sources ?? [source()]
  return {
    namespace: 'argocd',
    name: 'web',
    uid: 'u-1',
    resourceVersion: '1',
    labels: {},
    annotations: {},
    owners: [],
    project: 'default',
    destinationNamespace: 'web',
    sources,
    multiple: sources.length > 1,
    hydrated: false,
    sourceTypes: sources.map(() => 'Helm'),
    comparisonErrors: [],
    sync: { status: 'Synced', revisions: [], comparedTo: [] },
    health: 'Healthy',
    images: [],
    history: [],
    ...parts,
  }
}

/** An entry of `spec.applications`; `*` at the end of a name or namespace is the only pattern it knows. */
export function entry(
  parts: { name?: string; namespace?: string; source?: string | number; label?: string } = {},
): ApplicationEntry {
  const { label, source: wanted } = parts
  return {
    name: parts.name === undefined ? undefined : glob(parts.name),
    namespace: parts.namespace === undefined ? undefined : glob(parts.namespace),
    selector: label === undefined ? undefined : { matches: (labels) => label in labels },
    source: wanted === undefined ? undefined : typeof wanted === 'number' ? { index: wanted } : { name: wanted },
  }
}

function glob(text: string): Glob {
  const matches = (name: string) => (text.endsWith('*') ? name.startsWith(text.slice(0, -1)) : name === text)
  return { source: text, matches }
}
