import { reasons } from '../api/conditions.ts'
import type { Application } from '../core/applications/application.ts'
import { onChange, ReconcileError } from '../errors.ts'
import type { ApiClient, JsonPatchOperation, Patch } from './api-client.ts'
import { KubernetesApiError, toReconcileError } from './api-error.ts'
import { hydrateAnnotation, refreshAnnotation } from '../core/applications/refresh.ts'
import type { Collection } from './collection.ts'
import { collectionPath } from './collection-path.ts'

/** Argo CD's Applications of the watched namespaces. Reading throws ReconcileError(KubernetesUnavailable) until all are known. */
export interface ApplicationStore {
  list(): readonly Application[]
  get(namespace: string, name: string): Application | undefined
  /**
   * Applies a JSON Patch. `moved`: a `test` failed or the Application is gone, so what it was made from is no longer so.
   * Throws ReconcileError: TargetUnsupported when Argo CD's schema refuses the result, else KubernetesUnavailable.
   */
  patch(application: Application, operations: readonly JsonPatchOperation[]): Promise<'patched' | 'moved'>
  /**
   * Asks Argo CD to compare the Application now, and to hydrate its source first where it does (`hard`: with its cache of
   * manifests put aside). One that is gone needs none.
   */
  requestRefresh(application: Application, how: 'normal' | 'hard'): Promise<void>
}

/** Makes the store over the watched Applications; what is written is read from then on. */
export function createApplicationStore(client: ApiClient, applications: Collection<Application>): ApplicationStore {
  const send = async ({ namespace, name }: Application, patch: Patch): Promise<void> =>
    applications.put(await client.patch(pathOf(namespace, name), patch))
  // Whoever decides anew must see what stands there now, and the event that tells of it may still be on its way.
  const readAgain = async ({ namespace, name }: Application): Promise<void> => {
    try {
      applications.put(await client.get(pathOf(namespace, name)))
    } catch (thrown) {
      if (!(thrown instanceof KubernetesApiError)) throw thrown
    }
  }
  return {
    list: () => applications.list(),
    get: (namespace, name) => applications.get(`${namespace}/${name}`),
    patch: async (application, operations) => {
      try {
        await send(application, { kind: 'json', operations })
        return 'patched'
      } catch (thrown) {
        if (hasMoved(thrown)) {
          await readAgain(application)
          return 'moved'
        }
        throw refused(thrown, application)
      }
    },
    requestRefresh: async (application, how) => {
      const hydrate = application.hydrated ? { [hydrateAnnotation]: how } : {}
      const body = { metadata: { annotations: { [refreshAnnotation]: how, ...hydrate } } }
      try {
        await send(application, { kind: 'merge', body })
      } catch (thrown) {
        if (thrown instanceof KubernetesApiError && thrown.code === 404) return
        throw toReconcileError(thrown, `Argo CD was not asked to refresh ${title(application)}`)
      }
    },
  }
}

function pathOf(namespace: string, name: string): string {
  return `${collectionPath('argoproj.io', 'v1alpha1', 'applications', namespace)}/${name}`
}

/** A JSON Patch that does not apply is a 422 without causes, and not a 409 (tried with Kubernetes 1.36). */
function hasMoved(thrown: unknown): boolean {
  if (!(thrown instanceof KubernetesApiError)) return false
  return thrown.code === 404 || thrown.code === 409 || (thrown.code === 422 && !thrown.hasCauses)
}

function refused(thrown: unknown, application: Application): ReconcileError {
  if (!(thrown instanceof KubernetesApiError) || thrown.code !== 422)
    return toReconcileError(thrown, `${title(application)} was not patched`)
  const members = thrown.fields.length > 0 ? thrown.fields.slice(0, 5).join(', ') : 'its spec'
  const message = `${title(application)} was not patched: the API server finds ${members} invalid; correct the Application`
  return new ReconcileError(reasons.targetUnsupported, message, { retry: onChange, cause: thrown })
}

function title({ namespace, name }: Application): string {
  return `Application ${namespace}/${name}`
}
