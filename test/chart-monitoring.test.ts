import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMetrics } from '../src/metrics.ts'
import { renderChart, type ChartObject } from './end-to-end/operator.ts'
import { codeIn, tableRows, textOf } from './markdown.ts'

interface Labelled extends ChartObject {
  readonly metadata: ChartObject['metadata'] & { readonly labels: Readonly<Record<string, string>> }
}

interface Service extends Labelled {
  readonly spec: { readonly ports: readonly { readonly name: string }[] }
}

interface Monitor extends Labelled {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly endpoints: readonly { readonly port: string; readonly honorLabels: boolean; readonly interval?: string }[]
  }
}

interface Rules extends Labelled {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
}

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly annotations: Readonly<Record<string, string>>
}

async function rendered<T extends ChartObject>(kind: string, ...settings: readonly string[]): Promise<T | undefined> {
  return (await renderChart('argocd', ...settings)).find((object): object is T => object.kind === kind)
}

const alertsOf = (rules: Rules | undefined): readonly Alert[] =>
  rules?.spec.groups.flatMap((group) => group.rules) ?? []

test('nothing is made for the Prometheus operator unless it is asked for', async () => {
  const kinds = (await renderChart('argocd')).map(({ kind }) => kind)
  assert.deepEqual(
    kinds.filter((kind) => ['ServiceMonitor', 'PrometheusRule'].includes(kind)),
    [],
  )
})

describe('the ServiceMonitor', () => {
  const on = 'metrics.serviceMonitor.enabled=true'

  test('selects the Service and a port that it has, and keeps the namespace of policies', async () => {
    const monitor = await rendered<Monitor>('ServiceMonitor', on)
    const service = await rendered<Service>('Service', on)
    assert.ok(monitor && service)
    for (const [label, value] of Object.entries(monitor.spec.selector.matchLabels))
      assert.equal(service.metadata.labels[label], value)
    assert.deepEqual(monitor.spec.endpoints, [{ port: service.spec.ports[0]?.name, honorLabels: true }])
  })

  test('has the labels and the interval of the values', async () => {
    const settings = [on, 'metrics.serviceMonitor.labels.release=prom', 'metrics.serviceMonitor.interval=30s']
    const monitor = await rendered<Monitor>('ServiceMonitor', ...settings)
    assert.equal(monitor?.metadata.labels['release'], 'prom')
    assert.equal(monitor?.spec.endpoints[0]?.interval, '30s')
  })
})

describe('the PrometheusRule', () => {
  const on = ['metrics.prometheusRule.enabled=true', 'metrics.prometheusRule.labels.release=prom']
  const all = [...on, 'registries[0].host=ghcr.io']

  test('has the alerts of docs/metrics.md, and the labels of the values', async () => {
    const rules = await rendered<Rules>('PrometheusRule', ...all)
    const documented = tableRows(await textOf('docs/metrics.md'), 'Alerts').map(([name = '']) => codeIn(name)[0])
    assert.deepEqual(
      alertsOf(rules).map(({ alert }) => alert),
      documented,
    )
    assert.equal(rules?.metadata.labels['release'], 'prom')
  })

  test('asks only for metrics that there are, and names labels that they have', async () => {
    const { text } = await createMetrics().scrape()
    const alerts = alertsOf(await rendered<Rules>('PrometheusRule', ...all))
    assert.ok(alerts.length > 3)
    for (const { alert, expr, annotations } of alerts) {
      const [name = ''] = /imageupdate_\w+/.exec(expr) ?? []
      assert.ok(text.includes(`# TYPE ${name} `), alert)
      const named = Object.values(annotations).flatMap((words) => [...words.matchAll(/\$labels\.(\w+)/g)])
      const row = tableRows(await textOf('docs/metrics.md'), 'Names').find(([cell = '']) => codeIn(cell)[0] === name)
      for (const [, label = ''] of named) assert.ok(codeIn(row?.[2] ?? '').includes(label), `${alert}: ${label}`)
    }
  })

  test('says nothing of a registries file where there is none', async () => {
    const names = alertsOf(await rendered<Rules>('PrometheusRule', ...on)).map(({ alert }) => alert)
    assert.ok(names.length > 0 && !names.some((name) => name.includes('RegistriesFile')))
  })
})
