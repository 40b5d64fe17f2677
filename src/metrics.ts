import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { reasons } from './api/conditions.ts'

/** All metrics, as {@link createMetrics} makes them. */
export type Metrics = ReturnType<typeof createMetrics>

type InfoLabel = 'namespace' | 'name' | 'image' | 'strategy' | 'method' | 'chosen'
type PolicyLabels = { readonly namespace: string; readonly name: string }

/**
 * Makes every metric the operator has, on a registry of its own. Durations are seconds. Documented in docs/metrics.md.
 */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    ...policyMetrics([registry]),
    ...loopMetrics([registry]),
    ...requestMetrics([registry]),
    /** The text a scrape gets, with its content type. */
    scrape: async (): Promise<{ contentType: string; text: string }> => ({
      contentType: registry.contentType,
      text: await registry.metrics(),
    }),
  }
}

/** Series that belong to a policy, and go with it. */
function policyMetrics(registers: Registry[]) {
  const policy = ['namespace', 'name'] as const
  const policyReady = new Gauge({
    name: 'imageupdate_policy_ready',
    help: 'Whether the condition Ready of a policy is True (1) or not (0)',
    labelNames: policy,
    registers,
  })
  const policyInfo = new Gauge({
    name: 'imageupdate_policy_info',
    help: 'Always 1; the labels tell what a policy follows and what it chose last',
    labelNames: [...policy, 'image', 'strategy', 'method', 'chosen'] as const,
    registers,
  })
  const policyApplications = new Gauge({
    name: 'imageupdate_policy_applications',
    help: 'Applications that a policy links',
    labelNames: policy,
    registers,
  })
  const updates = new Counter({
    name: 'imageupdate_updates_total',
    help: 'Writes to Applications, by policy and write-back method',
    labelNames: [...policy, 'method'] as const,
    registers,
  })
  const infoOf = new Map<string, Record<InfoLabel, string>>()
  const forgetInfo = (labels: PolicyLabels): void => {
    const key = `${labels.namespace}/${labels.name}`
    const info = infoOf.get(key)
    if (info !== undefined) policyInfo.remove(info)
    infoOf.delete(key)
  }
  return {
    policyReady,
    policyApplications,
    updates,
    /** Sets the one info series of a policy, in place of the one it had. */
    describePolicy: (labels: Record<InfoLabel, string>): void => {
      forgetInfo(labels)
      infoOf.set(`${labels.namespace}/${labels.name}`, labels)
      policyInfo.set(labels, 1)
    },
    /** Takes away every series of a policy that is gone. */
    forgetPolicy: (labels: PolicyLabels): void => {
      forgetInfo(labels)
      policyReady.remove(labels)
      policyApplications.remove(labels)
      for (const method of ['argocd', 'git']) updates.remove({ ...labels, method })
    },
  }
}

function loopMetrics(registers: Registry[]) {
  const reconciles = new Counter({
    name: 'imageupdate_reconciles_total',
    help: 'Reconciles, by the reason of the condition Ready they ended with',
    labelNames: ['reason'] as const,
    registers,
  })
  // To Prometheus a series that begins with 1 has not increased, and the alert would miss a first fault.
  reconciles.inc({ reason: reasons.internalError }, 0)
  return {
    reconciles,
    reconcileDuration: new Histogram({
      name: 'imageupdate_reconcile_duration_seconds',
      help: 'How long reconciles took, waiting for commits included',
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'imageupdate_queue_depth',
      help: 'Policies that wait for a free place to be reconciled',
      registers,
    }),
  }
}

function requestMetrics(registers: Registry[]) {
  return {
    registryRequests: new Counter({
      name: 'imageupdate_registry_requests_total',
      help: 'Requests to registries, by host, kind of request and answer (status code or error)',
      labelNames: ['host', 'kind', 'code'] as const,
      registers,
    }),
    registryDuration: new Histogram({
      name: 'imageupdate_registry_request_duration_seconds',
      help: 'How long requests to registries took',
      labelNames: ['kind'] as const,
      buckets: [0.01, 0.05, 0.2, 1, 5, 30],
      registers,
    }),
    registryDown: new Counter({
      name: 'imageupdate_registry_down_total',
      help: 'How often a registry was found to be down, and left alone for a while',
      labelNames: ['host'] as const,
      registers,
    }),
    registriesFileValid: new Gauge({
      name: 'imageupdate_registries_file_valid',
      help: 'Whether the registries file is without fault as it is now (1) or not (0); 0 also without such a file',
      registers,
    }),
    gitRequests: new Counter({
      name: 'imageupdate_git_requests_total',
      help: 'Requests to git servers, by host, operation and answer (status code, ok over SSH, or error)',
      labelNames: ['host', 'operation', 'code'] as const,
      registers,
    }),
  }
}
