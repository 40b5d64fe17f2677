import type { ControlPlane } from '../servers/control-plane-access.ts'
import { waitFor } from '../servers/poll.ts'

/** Applications and the policies that share them evenly: one for all, or one each. */
export interface Crowd {
  readonly policies: number
  readonly applications: number
  readonly image: string
  /** The first two numbers of its versions. */
  readonly tag: string
}

const applicationsApi = '/apis/argoproj.io/v1alpha1'
const policiesApi = '/apis/imageupdate.dev/v1alpha1'
const atOnce = 16

/** Applications and policies as they were made. */
export interface MadeCrowd {
  /** Of the Applications. */
  readonly names: readonly string[]
  /** Resolves when every policy has said that all is well. */
  readonly untilReady: () => Promise<void>
}

/** Makes the Applications, as Argo CD leaves them when they are synced, and the policies. */
export async function makeCrowd(cluster: ControlPlane, namespace: string, crowd: Crowd): Promise<MadeCrowd> {
  const count = Array.from({ length: crowd.applications }, (_, index) => index)
  const applications = `${applicationsApi}/namespaces/${namespace}/applications`
  await eachSome(count, (index) => cluster.api('POST', applications, application(index, crowd)))
  const policies = `${policiesApi}/namespaces/${namespace}/imageupdatepolicies`
  await eachSome(count.slice(0, crowd.policies), (index) => cluster.api('POST', policies, policy(index, crowd)))
  return {
    names: count.map(nameOf),
    untilReady: async () => void (await waitFor('every policy is ready', () => areReady(cluster, policies), 60_000)),
  }
}

/** Asks the first policy for a run now: what it finds concerns the others, too. */
export async function requestRun(cluster: ControlPlane, namespace: string): Promise<void> {
  await cluster.api('PATCH', `${policiesApi}/namespaces/${namespace}/imageupdatepolicies/${nameOf(0)}`, {
    metadata: { annotations: { 'imageupdate.dev/requestedAt': new Date().toISOString() } },
  })
}

async function areReady(cluster: ControlPlane, path: string): Promise<boolean> {
  type Policies = { items: readonly { status?: { conditions?: readonly { type: string; status: string }[] } }[] }
  const { items } = await cluster.api<Policies>('GET', path)
  return items.every(({ status }) => status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'))
}

function nameOf(index: number): string {
  return `app-${String(index).padStart(3, '0')}`
}

function application(index: number, { image, tag }: Crowd): object {
  const name = nameOf(index)
  const source = {
    repoURL: 'https://git.example.com/acme/config.git',
    path: `apps/${name}`,
    targetRevision: 'main',
    helm: { parameters: [{ name: 'image.tag', value: `${tag}.0`, forceString: true }] },
  }
  const destination = { name: 'in-cluster', namespace: 'default' }
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: { project: 'default', source, destination },
    status: {
      sourceType: 'Helm',
      sync: { status: 'Synced', revision: 'f'.repeat(40), comparedTo: { source, destination } },
      health: { status: 'Healthy' },
      summary: { images: [`${image}:${tag}.0`] },
    },
  }
}

function policy(index: number, { image, policies }: Crowd): object {
  return {
    apiVersion: 'imageupdate.dev/v1alpha1',
    kind: 'ImageUpdatePolicy',
    metadata: { name: nameOf(index) },
    spec: {
      image,
      strategy: 'semver',
      applications: [{ name: policies === 1 ? 'app-*' : nameOf(index) }],
      registry: { insecure: true },
    },
  }
}

async function eachSome(items: readonly number[], work: (item: number) => Promise<unknown>): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of left) await work(item)
    }),
  )
}
