import type { EvaluationStatus, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { sourcesOf, type Application } from '../servers/argocd/application.ts'
import { waitFor } from '../servers/poll.ts'
import { httpRequest } from '../servers/request.ts'
import type { Choices } from './builds.ts'
import { configRepository, getApplications, namespace, policiesPath, type Parts } from './parts.ts'

/** What the story says has not happened. */
export class Untrue extends Error {
  constructor(claim: string, cause?: unknown) {
    super(claim, { cause })
    this.name = 'Untrue'
  }
}

const deadlineMs = 30_000

/** Waits until something is true that the story says; fails at once when the operator has ended. */
export async function claim<T>(
  { operator }: Parts,
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const look = async () => (operator.isRunning() ? { answer: await probe() } : 'ended')
  const seen = await waitFor(
    what,
    async () => {
      const found = await look()
      return typeof found === 'string' || (found.answer !== undefined && found.answer !== false) ? found : undefined
    },
    deadlineMs,
  ).catch((cause: unknown) => {
    throw new Untrue(`${what} (waited ${deadlineMs / 1000} s)`, cause)
  })
  if (typeof seen === 'string') throw new Untrue(`${what}: the operator has ended`)
  return seen.answer as T
}

/** When a value was first seen where it is desired, and when the Application ran it. Milliseconds of `performance.now()`. */
export interface Arrival {
  readonly written: number
  readonly live: number
}

/** Waits until every Application desires what its policy is to choose and runs it, healthy and synced. */
export async function arrivals(parts: Parts, choices: Choices): Promise<ReadonlyMap<string, Arrival>> {
  const written = new Map<string, number>()
  const live = new Map<string, number>()
  const names = Object.keys(choices)
  const missing = (): string =>
    names
      .filter((name) => !live.has(name))
      .map((name) => `${name} ${written.has(name) ? 'runs' : 'gets'} ${choices[name]}`)[0] ?? ''
  await claim(parts, 'every Application gets and runs what its policy chose', async () => {
    const applications = await getApplications(parts.cluster)
    for (const application of applications) {
      const { name } = application.metadata
      const value = choices[name] ?? ''
      if (!written.has(name) && (await isDesired(parts, application, value))) written.set(name, performance.now())
      if (written.has(name) && !live.has(name) && runs(application, `${parts.image}:${value}`))
        live.set(name, performance.now())
    }
    return live.size === names.length
  }).catch((error: unknown) => {
    throw error instanceof Untrue && missing() !== '' ? new Untrue(`Application ${missing()}`, error) : error
  })
  return new Map(names.map((name) => [name, { written: written.get(name) ?? 0, live: live.get(name) ?? 0 }]))
}

/** Waits until Argo CD runs every Application as the examples begin, before the operator looks at them. */
export async function begun({ cluster, applications, image }: Parts): Promise<void> {
  await waitFor('Argo CD runs every Application with tag-1.0.0', async () => {
    const running = (await getApplications(cluster)).filter((application) => runs(application, `${image}:tag-1.0.0`))
    return running.length === applications.length
  })
}

/** Whether an Application is synced and healthy with this image and no other. */
function runs({ status }: Application, image: string): boolean {
  const images = status?.summary?.images ?? []
  return status?.sync?.status === 'Synced' && status.health?.status === 'Healthy' && images.join() === image
}

async function isDesired({ git, policies }: Parts, application: Application, value: string): Promise<boolean> {
  const { name } = application.metadata
  const [source] = sourcesOf(application)
  const policy = policies.find(({ metadata }) => metadata.name === name)
  const text =
    policy?.spec.writeBack.method === 'git'
      ? await git.readFile(configRepository, `${source?.path ?? ''}/.argocd-source-${name}.yaml`)
      : JSON.stringify({ ...source?.helm, ...source?.kustomize })
  return text?.includes(value) ?? false
}

/** The columns and rows in which the API server itself prints the policies, as kubectl shows them. */
export async function policyTable({ cluster }: Parts): Promise<readonly (readonly string[])[]> {
  const { status, body } = await httpRequest({
    url: cluster.server + policiesPath,
    ca: cluster.caData,
    headers: {
      authorization: `Bearer ${cluster.adminToken}`,
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    },
  })
  if (status !== 200) throw new Error(`the API server answered ${status}`)
  const { columnDefinitions, rows } = JSON.parse(body.toString()) as Table
  const shown = columnDefinitions.flatMap(({ priority }, index) => (priority === 0 ? [index] : []))
  return [
    shown.map((index) => columnDefinitions[index]?.name.toUpperCase() ?? ''),
    ...rows.map(({ cells }) => shown.map((index) => String(cells[index] ?? ''))),
  ]
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[]
  readonly rows: readonly { readonly cells: readonly (string | number | boolean | null)[] }[]
}

/** Waits until the table says of every policy what it is to choose, that it is ready, and that nothing is left to do. */
export async function settledTable(parts: Parts, choices: Choices): Promise<readonly (readonly string[])[]> {
  return await claim(parts, 'every policy prints what it chose as CURRENT and CHOSEN, with READY True', async () => {
    const [header = [], ...rows] = await policyTable(parts)
    const said = rows.filter((row) => {
      const cell = (column: string): string => row[header.indexOf(column)] ?? ''
      const chosen = (choices[cell('NAME')] ?? '').replace(/(@sha256:[0-9a-f]{12}).*/, '$1')
      const columns = ['CURRENT', 'CHOSEN', 'READY', 'REASON'].map(cell)
      return columns.join() === [chosen, chosen, 'True', 'UpToDate'].join()
    })
    return said.length === Object.keys(choices).length && [header, ...rows]
  })
}

/** An event about a policy. */
export interface PolicyEvent {
  readonly metadata: { readonly uid: string }
  readonly type: string
  readonly reason: string
  readonly note: string
  readonly regarding: { readonly name: string }
  readonly eventTime?: string | null
  readonly series?: { readonly count: number } | null
}

/** All events about policies, in the order of their times. */
export async function policyEvents({ cluster }: Parts): Promise<readonly PolicyEvent[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
  const { items } = await cluster.api<{ items: readonly PolicyEvent[] }>('GET', path)
  return items.toSorted((a, b) => (a.eventTime ?? '').localeCompare(b.eventTime ?? ''))
}

/** What the policies say of themselves, for when the story does not go on. */
export async function complaints({ cluster }: Parts): Promise<readonly string[]> {
  const { items } = await cluster.api<{ items: readonly PolicyObject[] }>('GET', policiesPath)
  return items.map(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return `${metadata.name}: ${ready === undefined ? 'no condition Ready yet' : `Ready=${ready.status}, ${ready.reason}: ${ready.message}`}`
  })
}

/** Why a policy chose its tag and not another. */
export async function evaluationOf({ cluster }: Parts, policy: string): Promise<EvaluationStatus | undefined> {
  return (await cluster.api<PolicyObject>('GET', `${policiesPath}/${policy}`)).status?.evaluation
}

interface PolicyObject {
  readonly metadata: { readonly name: string }
  readonly status?: ImageUpdatePolicyStatus
}

/** The lines of the operator's /metrics. */
export async function metricLines({ metricsPort }: Parts): Promise<readonly string[]> {
  const { body } = await httpRequest({ url: `http://127.0.0.1:${metricsPort}/metrics` })
  return body.toString().split('\n')
}
