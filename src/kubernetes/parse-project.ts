import type { Project } from '../core/applications/application.ts'
import { fieldsOf, textsOf } from '../core/fields.ts'
import type { KubeObject } from './kube-object.ts'

/** Reads an Argo CD AppProject; whatever is missing counts as an empty list, which allows nothing. */
export function parseProject({ metadata, ...object }: KubeObject): Project {
  const spec = fieldsOf(object['spec'])
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    sourceNamespaces: textsOf(spec['sourceNamespaces']),
    sourceRepos: textsOf(spec['sourceRepos']),
  }
}
