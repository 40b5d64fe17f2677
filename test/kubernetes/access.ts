// The operator's way to the API server of the test run, under rights as small as the chart gives.
import { createApiClient, type ApiClient } from '../../src/kubernetes/api-client.ts'
import { loadKubeConfig, type PooledKubeConfig } from '../../src/kubernetes/pooled-kube-config.ts'
import { createLogger, type Logger } from '../../src/log.ts'
import { startApiFaults, type ApiFaults } from '../servers/api-faults.ts'
import type { ControlPlane } from '../servers/control-plane-access.ts'
import { sharedControlPlane } from '../servers/shared-control-plane.ts'

const rules = [
  { apiGroups: ['imageupdate.dev'], resources: ['imageupdatepolicies'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['imageupdate.dev'], resources: ['imageupdatepolicies/status'], verbs: ['patch'] },
  { apiGroups: ['argoproj.io'], resources: ['applications'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: ['argoproj.io'], resources: ['appprojects'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get'] },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['argocd-ssh-known-hosts-cm', 'argocd-tls-certs-cm'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
]

/** One namespace, and a client that may do there what the operator may. */
export interface Access {
  readonly cluster: ControlPlane
  readonly namespace: string
  readonly kubeconfig: string
  readonly kubeConfig: PooledKubeConfig
  readonly client: ApiClient
  /** Only with `faults`; else the client talks to the API server itself. */
  readonly faults: ApiFaults
  readonly log: Logger
  /** What was logged, one JSON object a line. */
  readonly logged: () => string
  readonly close: () => Promise<void>
}

/** Makes a namespace with a ServiceAccount of few rights and a client of it that goes through the fault proxy. */
export async function operatorAccess(options: { cluster?: ControlPlane } = {}): Promise<Access> {
  const cluster = options.cluster ?? (await sharedControlPlane())
  await cluster.applyCrds(['test/servers/crds/application.yaml', 'test/servers/crds/appproject.yaml'])
  await cluster.applyCrds(['crds/imageupdatepolicies.yaml'])
  const namespace = await cluster.createNamespace('kubernetes')
  await grant(cluster, namespace)
  const faults = await startApiFaults(cluster)
  const kubeconfig = await faults.kubeconfig(await cluster.serviceAccountKubeconfig(namespace, 'operator'))
  const kubeConfig = loadKubeConfig({ file: kubeconfig, context: undefined })
  const lines: string[] = []
  const close = async (): Promise<void> => {
    await kubeConfig.close()
    await faults.stop()
  }
  return {
    cluster,
    namespace,
    kubeconfig,
    kubeConfig,
    faults,
    close,
    client: createApiClient(kubeConfig, 'image-update-operator/test'),
    log: createLogger({ level: 'debug', format: 'json', destination: { write: (line) => void lines.push(line) } }),
    logged: () => lines.join(''),
  }
}

/** Paths of the collections in a namespace. */
export function paths(namespace: string) {
  return {
    configMaps: `/api/v1/namespaces/${namespace}/configmaps`,
    secrets: `/api/v1/namespaces/${namespace}/secrets`,
    events: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
    policies: `/apis/imageupdate.dev/v1alpha1/namespaces/${namespace}/imageupdatepolicies`,
    applications: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`,
    projects: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/appprojects`,
  }
}

/** An Application that has not been compared yet. */
export function applicationObject(name: string, more: object = {}): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: 'default' },
      source: { repoURL: 'https://git.example.com/config.git', path: 'chart', targetRevision: 'main' },
    },
    ...more,
  }
}

/** A policy that links one Application. */
export function policyObject(name: string, spec: object = {}): object {
  return {
    apiVersion: 'imageupdate.dev/v1alpha1',
    kind: 'ImageUpdatePolicy',
    metadata: { name },
    spec: { image: 'ghcr.io/acme/web', strategy: 'semver', applications: [{ name: 'web' }], ...spec },
  }
}

async function grant({ api }: ControlPlane, namespace: string): Promise<void> {
  const metadata = { name: 'operator', namespace }
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  await api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata })
  await api('POST', `${rbac}/roles`, { metadata, rules })
  await api('POST', `${rbac}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'operator' },
    subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace }],
  })
}
