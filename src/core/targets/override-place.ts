import type { Application, ApplicationSource } from '../applications/application.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import { entriesOf, type ListEntry } from './entries.ts'
import type { ChosenSource } from './source.ts'
import type { Target } from './values.ts'

/** An override file that a policy writes for one source of an Application. */
export interface OverridePlace {
  /** From the repository's root. */
  readonly path: string
  /** The `.argocd-source.yaml` of the same folder, which Argo CD reads first. */
  readonly folderPath: string
  readonly target: Target
  /** The Application's own list of parameters or images. */
  readonly own: readonly ListEntry[]
  /** `namespace/name`. */
  readonly policy: string
  /** `namespace/name`. */
  readonly application: string
}

/** Where the override file of a source stands: `.argocd-source-<app>.yaml`, outside Argo CD's namespace `.argocd-source-<namespace>_<app>.yaml`. */
export function overridePlace(
  application: Application,
  { source, tool }: Pick<ChosenSource, 'source' | 'tool'>,
  target: Target,
  names: { readonly policy: string; readonly argocdNamespace: string },
): Parsed<OverridePlace> {
  const { namespace, name } = application
  const folder = sourceFolder(source)
  if (!folder.ok) return folder
  const file = namespace === names.argocdNamespace ? name : `${namespace}_${name}`
  return parsed({
    path: `${folder.value}.argocd-source-${file}.yaml`,
    folderPath: `${folder.value}.argocd-source.yaml`,
    target,
    own: entriesOf(source, tool) ?? [],
    policy: names.policy,
    application: `${namespace}/${name}`,
  })
}

/** A source's folder from the repository's root: empty, or with a slash at the end. */
export function sourceFolder({ path = '' }: ApplicationSource): Parsed<string> {
  if (path === '') return fault('the source has no path')
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) return fault(`the source’s path ${path} leaves the repository`)
  return parsed(segments.map((segment) => `${segment}/`).join(''))
}
