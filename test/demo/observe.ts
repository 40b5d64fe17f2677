import type { EvaluationStatus, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'
import { httpRequest } from '../servers/request.ts'
import type { Choices } from './builds.ts'
import { claim } from './claim.ts'
import { namespace, policiesPath, type Parts } from './parts.ts'

/** The columns and rows in which the API server itself prints the policies, as kubectl shows them. */
async function policyTable({ cluster }: Parts): Promise<readonly (readonly string[])[]> {
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
