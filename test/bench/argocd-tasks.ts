import { request } from 'undici'
import { parseConfig } from '../../src/config.ts'
import { loadKubeConfig } from '../../src/kubernetes/pooled-kube-config.ts'
import { createLogger } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { startOperator, type RunningOperator } from '../../src/operator.ts'
import { waitFor } from '../servers/poll.ts'

/** Who sends bare requests, and about which Applications. */
interface Bare {
  readonly kubeconfig: string
  readonly namespace: string
  readonly names: readonly string[]
  readonly tag: string
}

let operator: RunningOperator | undefined

/** What is run in a process of its own: the whole operator, with its own settings. */
export const tasks = {
  async open({ kubeconfig, namespace }: { kubeconfig: string; namespace: string }): Promise<void> {
    const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, `--argocd-namespace=${namespace}`]
    const parsed = parseConfig([...flags, '--allowed-registries=127.0.0.1'], {})
    if (parsed.kind !== 'config') throw new Error('the flags are wrong')
    const { config } = parsed
    const kubeConfig = loadKubeConfig({ file: config.kubeconfig, context: config.context })
    const log = createLogger({ level: 'error', format: 'json' })
    operator = await startOperator({ config, kubeConfig, version: 'bench', log, metrics: createMetrics() })
    await waitFor('the operator is ready', () => operator?.readiness().ready)
  },
  /** CPU of the process so far, in ms. */
  cpu(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  async close(): Promise<void> {
    await operator?.drain()
  },
  /** The same requests as fast as the API server answers, with nothing decided: what any program would need at least. */
  async bare({ kubeconfig, namespace, names, tag }: Bare): Promise<void> {
    const config = loadKubeConfig({ file: kubeconfig, context: undefined })
    const { server, headers, dispatcher } = await config.access('calls')
    const send = async (method: 'PATCH' | 'POST', type: string, path: string, body: unknown): Promise<void> => {
      const options = { method, dispatcher, headers: { ...headers, 'content-type': type }, body: JSON.stringify(body) }
      const response = await request(server + path, options)
      await response.body.json()
      if (response.statusCode >= 300) throw new Error(`${path} was answered with ${response.statusCode}`)
    }
    const value = '/spec/source/helm/parameters/0/value'
    const applications = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`
    const operations = [{ op: 'replace', path: value, value: tag }]
    await Promise.all(
      names.map((name) => send('PATCH', 'application/json-patch+json', `${applications}/${name}`, operations)),
    )
    const events = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
    await Promise.all(names.map((name) => send('POST', 'application/json', events, eventOn(name, namespace))))
    await config.close()
  },
}

function eventOn(name: string, namespace: string): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace, name: `${name}.bare` },
    regarding: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace, name },
    type: 'Normal',
    reason: 'Bare',
    note: `patched ${name}`,
    action: 'Bare',
    eventTime: new Date().toISOString().replace('Z', '000Z'),
    reportingController: 'bench',
    reportingInstance: 'bench',
  }
}
