import type { ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { startArgoCd, type ArgoCd, type ArgoCdOptions } from '../servers/argocd.ts'
import type { ControlPlane } from '../servers/control-plane-access.ts'
import { startGitServer, type GitServer, type GitServerOptions } from '../servers/git-server.ts'
import { waitFor } from '../servers/poll.ts'
import { httpRequest } from '../servers/request.ts'
import { startRegistry, type Registry, type RegistryOptions } from '../servers/registry.ts'
import { sharedControlPlane } from '../servers/shared-control-plane.ts'
import { assertNothingSecret, lentPassword } from './nothing-secret.ts'
import { installOperator, type Operator } from './operator.ts'

/** A policy as the API server has it. */
interface PolicyObject {
  readonly metadata: { readonly name: string; readonly generation: number; readonly resourceVersion: string }
  readonly spec: ImageUpdatePolicySpec
  readonly status?: ImageUpdatePolicyStatus
}

/** An Application as the API server has it, as far as tests look at it. */
interface ApplicationObject {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly source?: SourceObject; readonly sources?: readonly SourceObject[] }
  readonly status?: {
    readonly sourceType?: string
    readonly sync?: { readonly status?: string; readonly revision?: string }
    readonly summary?: { readonly images?: readonly string[] }
  }
}

/** One source of an Application. */
interface SourceObject {
  readonly repoURL: string
  readonly path?: string
  readonly ref?: string
  readonly targetRevision?: string
  readonly helm?: {
    readonly parameters?: readonly { readonly name: string; readonly value: string; readonly forceString?: boolean }[]
    readonly valueFiles?: readonly string[]
  }
  readonly kustomize?: { readonly images?: readonly string[] }
}

/** An event as the API server has it. */
interface EventObject {
  readonly type: string
  readonly reason: string
  readonly note: string
  readonly regarding: { readonly name: string }
}

/** What a namespace holds, and how to change it. */
interface Place {
  readonly namespace: string
  /** Makes an Application with a source, or several, and waits until the stand-in has compared it. */
  application(
    name: string,
    source: SourceObject | readonly SourceObject[],
    more?: { labels?: Record<string, string>; compared?: boolean; project?: string },
  ): Promise<void>
  /** Makes a policy; `registry.insecure` is set, for the registry of the tests speaks plain HTTP. */
  policy(
    name: string,
    spec: Omit<ImageUpdatePolicySpec, 'applications'> & Partial<Pick<ImageUpdatePolicySpec, 'applications'>>,
  ): Promise<void>
  patch(kind: 'policy' | 'application', name: string, body: unknown, contentType?: string): Promise<void>
  getPolicy(name: string): Promise<PolicyObject>
  getApplication(name: string): Promise<ApplicationObject>
  /** Waits until a policy's status is as wanted; says what it was at the end of the wait. */
  until(
    name: string,
    what: string,
    wanted: (status: ImageUpdatePolicyStatus, policy: PolicyObject) => boolean,
    deadlineMs?: number,
  ): Promise<PolicyObject>
  /** Waits until `Ready` has this reason for the present generation. */
  untilReady(name: string, reason: string, deadlineMs?: number): Promise<PolicyObject>
  events(policy: string): Promise<readonly EventObject[]>
  /** The columns that kubectl prints for a policy, by name. */
  printed(policy: string): Promise<ReadonlyMap<string, string>>
}

/** All real parts, in a namespace of their own that is also Argo CD's. */
export interface World extends Place {
  readonly cluster: ControlPlane
  readonly registry: Registry
  readonly git: GitServer
  readonly argocd: ArgoCd
  readonly operator: Operator
  /** A namespace of somebody else's, which is watched too. */
  readonly tenant: Place
  /** `127.0.0.1:port/name`. */
  image(name: string): string
  /** Gives Argo CD a repository Secret for a git repository, as `argocd repo add` does; `more` are further keys, such as `project`. */
  lendRepository(repository: string, more?: Readonly<Record<string, string>>): Promise<void>
  /** Makes an AppProject that admits every repository. */
  project(name: string, sourceNamespaces: readonly string[]): Promise<void>
  stop(): Promise<void>
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[]
  readonly rows: readonly { readonly cells: readonly unknown[] }[]
}

const policiesApi = '/apis/imageupdate.dev/v1alpha1'
const applicationsApi = '/apis/argoproj.io/v1alpha1'
/** Those of policies, Applications and AppProjects. */
export const crds = [
  'crds/imageupdatepolicies.yaml',
  'test/servers/crds/application.yaml',
  'test/servers/crds/appproject.yaml',
]

/** What may differ from the usual world. */
export interface WorldOptions {
  readonly cluster?: ControlPlane
  readonly registry?: RegistryOptions
  readonly git?: GitServerOptions
  readonly argocd?: Partial<ArgoCdOptions>
}

/** Starts everything but the operator. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const cluster = options.cluster ?? (await sharedControlPlane())
  await cluster.applyCrds(crds)
  const [namespace, tenant] = [await cluster.createNamespace('world'), await cluster.createNamespace('tenant')]
  const [registry, git] = await Promise.all([startRegistry(options.registry), startGitServer(options.git)])
  const readTree = (url: string, revision: string) => git.readTree(url, revision)
  const argocd = await startArgoCd({
    controlPlane: cluster,
    namespace,
    namespaces: [namespace, tenant],
    readTree,
    ...options.argocd,
  })
  const operator = await installOperator(cluster, namespace, [tenant])
  const project = async (name: string, sourceNamespaces: readonly string[]): Promise<void> => {
    await cluster.api('POST', `${applicationsApi}/namespaces/${namespace}/appprojects`, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name },
      spec: { sourceRepos: ['*'], sourceNamespaces, destinations: [{ server: '*', namespace: '*' }] },
    })
  }
  return {
    cluster,
    registry,
    git,
    argocd,
    operator,
    project,
    ...objects(cluster, namespace),
    tenant: objects(cluster, tenant),
    image: (name) => `${registry.host}/${name}`,
    lendRepository: async (repository, more = {}) => {
      await cluster.api('POST', `/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { generateName: 'repo-', labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
        stringData: {
          type: 'git',
          url: git.repositoryUrl(repository),
          username: 'argocd',
          password: lentPassword,
          ...more,
        },
      })
    },
    stop: async () => {
      const told = await everythingTold({ cluster, operator }, [namespace, tenant])
      await operator.stop()
      await Promise.all([argocd.stop(), registry.stop(), git.stop()])
      assertNothingSecret({ ...told, 'the log': operator.log() })
    },
  }
}

/** What anybody may read of an operator's work. */
async function everythingTold(
  { cluster, operator }: { readonly cluster: ControlPlane; readonly operator: Operator },
  namespaces: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = { 'the metrics': operator.isRunning() ? await operator.metrics() : '' }
  for (const namespace of namespaces)
    for (const kind of [
      `${policiesApi}/namespaces/${namespace}/imageupdatepolicies`,
      `/api/v1/namespaces/${namespace}/events`,
    ])
      told[kind] = JSON.stringify(await cluster.api('GET', kind))
  return told
}

function objects(cluster: ControlPlane, namespace: string): Place {
  const policies = `${policiesApi}/namespaces/${namespace}/imageupdatepolicies`
  const applications = `${applicationsApi}/namespaces/${namespace}/applications`
  const getPolicy = (name: string) => cluster.api<PolicyObject>('GET', `${policies}/${name}`)
  const getApplication = (name: string) => cluster.api<ApplicationObject>('GET', `${applications}/${name}`)
  const until: Place['until'] = async (name, what, wanted, deadlineMs = 20_000) => {
    let last: PolicyObject | undefined
    const probe = async () => {
      last = await getPolicy(name)
      return wanted(last.status ?? {}, last) ? last : undefined
    }
    return await waitFor(`policy ${name}: ${what}`, probe, deadlineMs).catch((cause: unknown) => {
      throw new Error(
        `policy ${name} did not come to: ${what}. Its status: ${JSON.stringify(last?.status, undefined, 1)}`,
        { cause },
      )
    })
  }
  return {
    namespace,
    getPolicy,
    getApplication,
    until,
    untilReady: async (name: string, reason: string, deadlineMs?: number) =>
      await until(
        name,
        `Ready is ${reason}`,
        ({ conditions = [] }, { metadata }) =>
          conditions.some(
            (one) => one.type === 'Ready' && one.reason === reason && one.observedGeneration === metadata.generation,
          ),
        deadlineMs,
      ),
    application: async (
      name: string,
      source: SourceObject | readonly SourceObject[],
      more: { labels?: Record<string, string>; compared?: boolean; project?: string } = {},
    ) => {
      const sources = Array.isArray(source)
        ? { sources: source as readonly SourceObject[] }
        : { source: source as SourceObject }
      await cluster.api('POST', applications, {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name, labels: more.labels ?? {} },
        spec: {
          project: more.project ?? 'default',
          ...sources,
          destination: { name: 'in-cluster', namespace: 'default' },
          syncPolicy: { automated: {} },
        },
      })
      if (more.compared === false) return
      await waitFor(
        `Application ${name} is compared`,
        async () => (await getApplication(name)).status?.sync?.status !== undefined,
      )
    },
    policy: async (name: string, spec: Parameters<Place['policy']>[1]) => {
      await cluster.api('POST', policies, {
        apiVersion: 'imageupdate.dev/v1alpha1',
        kind: 'ImageUpdatePolicy',
        metadata: { name },
        spec: { applications: [{ name }], ...spec, registry: { insecure: true, ...spec.registry } },
      })
    },
    patch: async (kind: 'policy' | 'application', name: string, body: unknown, contentType?: string) => {
      await cluster.api('PATCH', `${kind === 'policy' ? policies : applications}/${name}`, body, contentType)
    },
    printed: async (policy: string) => {
      const { body } = await httpRequest({
        url: `${cluster.server}${policies}/${policy}`,
        method: 'GET',
        ca: cluster.caData,
        headers: {
          authorization: `Bearer ${cluster.adminToken}`,
          accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
        },
      })
      const table = JSON.parse(body.toString()) as Table
      return new Map(table.columnDefinitions.map(({ name }, index) => [name, String(table.rows[0]?.cells[index])]))
    },
    events: async (policy: string) => {
      const { items } = await cluster.api<{ items: readonly EventObject[] }>(
        'GET',
        `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      )
      return items.filter(({ regarding }) => regarding.name === policy)
    },
  }
}

/** Files of a Helm chart whose Deployment runs `repository:tag` of its values. */
export function chartFiles(folder: string, values: { repository: string; tag: string }): Record<string, string> {
  return {
    [`${folder}/Chart.yaml`]: `apiVersion: v2\nname: ${folder.split('/').at(-1)}\nversion: 0.1.0\n`,
    [`${folder}/values.yaml`]: `image:\n  repository: ${values.repository}\n  tag: "${values.tag}"\n`,
    [`${folder}/templates/deployment.yaml`]: deployment('{{ .Values.image.repository }}:{{ .Values.image.tag }}'),
  }
}

/** Files of a kustomization whose Deployment runs an image. */
export function kustomizationFiles(folder: string, image: string): Record<string, string> {
  return {
    [`${folder}/kustomization.yaml`]: 'resources: [deployment.yaml]\n',
    [`${folder}/deployment.yaml`]: deployment(image),
  }
}

function deployment(image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "${image}"
`
}
