import { ApiFailure, openApiClient, type ApiClient, type Cluster } from './argocd/api-client.ts'
import type { Source } from './argocd/application.ts'
import { ArgoCdController, type EventKind } from './argocd/controller.ts'
import { limited } from './argocd/keyed-runner.ts'
import type { ArgoCdMode } from './argocd/modes.ts'
import type { Checkout } from './argocd/render-source.ts'
import type { GitTree } from './git/tree.ts'

/** Where the stand-in finds the cluster and git, which Applications are its own, and how quick it is. */
export interface ArgoCdOptions {
  readonly controlPlane: Cluster
  /** Argo CD's own namespace; it must exist. */
  readonly namespace: string
  /** The namespaces whose Applications it looks after: its own unless given. */
  readonly namespaces?: readonly string[]
  /** All files of a git repository at a branch, tag, commit or HEAD; rejects with what Argo CD is to say. */
  readonly readTree: (repositoryUrl: string, revision: string) => Promise<GitTree>
  /** The files of a chart from a Helm repository, by path from the chart's folder. */
  readonly readChart?: (repositoryUrl: string, chart: string, version: string) => Promise<ReadonlyMap<string, string>>
  /** How often git is looked at unasked, in milliseconds (3 minutes unless given). */
  readonly pollMs?: number
  /** How long a sync runs, in milliseconds (100 unless given). */
  readonly syncMs?: number
  /** How long after a sync the new Pods are ready, in milliseconds (200 unless given). */
  readonly rolloutMs?: number
}

/** One thing that the stand-in did to an Application, "namespace/name". */
export interface ArgoCdEvent {
  readonly time: Date
  readonly application: string
  readonly what: EventKind
}

/** The running stand-in. */
export interface ArgoCd {
  readonly mode: ArgoCdMode
  /** What it did so far, the oldest first. */
  readonly events: () => readonly ArgoCdEvent[]
  readonly stop: () => Promise<void>
}

const gitAtOnce = 8

/**
 * Plays Argo CD's part: watches Applications, reads their sources with the override files, and writes type, sync, health, images, history,
 * operation and conditions as Argo CD 3.5 does; syncs by itself where the Application says so, else when `operation` asks for it; compares
 * again when the spec changes, when the refresh annotation asks (and takes it away), and every `pollMs`. Nothing is deployed: the Pods are
 * imagined. Like Argo CD it makes the AppProject `default` when there is none.
 */
export async function startArgoCd(options: ArgoCdOptions): Promise<ArgoCd> {
  const { controlPlane, namespace, namespaces = [namespace], pollMs = 180_000, syncMs = 100, rolloutMs = 200 } = options
  const client = openApiClient(controlPlane)
  const events: ArgoCdEvent[] = []
  const controller = new ArgoCdController(client, {
    namespace,
    namespaces,
    syncMs,
    rolloutMs,
    fetch: limited(gitAtOnce, (source) => fetchSource(source, options)),
    record: (application, what) => void events.push({ time: new Date(), application, what }),
  })
  await createDefaultProject(client, namespace)
  await controller.start()
  const poll = setInterval(() => controller.lookAgain(), pollMs)
  return {
    mode: controller.mode,
    events: () => [...events],
    stop: async () => {
      clearInterval(poll)
      await controller.stop()
      await client.close()
    },
  }
}

async function fetchSource(source: Source, { readTree, readChart }: ArgoCdOptions): Promise<Checkout> {
  const { repoURL, chart, targetRevision = '' } = source
  if (chart === undefined) {
    const { commit, files } = await readTree(repoURL, targetRevision)
    return { revision: commit, files }
  }
  if (readChart === undefined) throw new Error(`failed to fetch chart: no Helm repository at ${repoURL}`)
  return { revision: targetRevision, files: await readChart(repoURL, chart, targetRevision) }
}

async function createDefaultProject(client: ApiClient, namespace: string): Promise<void> {
  const project = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ namespace: '*', server: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  }
  try {
    await client.post(`/apis/argoproj.io/v1alpha1/namespaces/${namespace}/appprojects`, project)
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 409) throw error
  }
}
