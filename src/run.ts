import type { Answer as CommandAnswer, Command } from './cli/command.ts'
import type { flags } from './config.ts'
import { parseConfig, usage, type Config, type ListenAddress } from './config.ts'
import { endsWithin } from './ends-within.ts'
import { loadKubeConfig } from './kubernetes/pooled-kube-config.ts'
import { createLogger, type Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { startOperator, type RunningOperator } from './operator.ts'
import { serve, type Answer, type Pages, type RunningServer } from './server.ts'

/** The operator, until it is told to end. */
export const run: Command = async (args, { version }) => {
  const parsed = parseConfig(args)
  switch (parsed.kind) {
    case 'help':
      return { status: 0, out: usage }
    case 'faults':
      return { status: 2, err: parsed.faults.join('\n') }
    case 'config':
      return await operate(parsed.config, version)
  }
}

async function operate(config: Config, version: string): Promise<CommandAnswer> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat })
  const metrics = createMetrics()
  const kubeConfig = loadKubeConfig({ file: config.kubeconfig, context: config.context })
  const operator = await startOperator({ config, kubeConfig, version, log, metrics })
  const servers = await listen(config, { operator, metrics }).catch(async (error: unknown) => {
    await operator.drain()
    throw error
  })
  log.info('started', {
    version,
    namespaces: config.namespaces.join(',') || 'all',
    argocdNamespace: config.argocdNamespace,
  })
  await terminated(log)
  const isDrained = await endsWithin(longestDrain, end(operator, servers))
  // What still waits for its turn somewhere keeps the process from ending by itself.
  setTimeout(() => process.exit(), afterAll).unref()
  if (isDrained) log.info('drained')
  else log.warn('ended before all that was being written was finished')
  return { status: isDrained ? 0 : 1 }
}

/** Kubernetes kills after a grace period of 60 s (chart): what is not finished shortly before is told. */
const longestDrain = 50_000
const afterAll = 1_000

async function end(operator: RunningOperator, servers: readonly RunningServer[]): Promise<void> {
  await operator.drain()
  await Promise.all(servers.map((server) => server.close()))
}

async function listen(config: Config, { operator, metrics }: { operator: RunningOperator; metrics: Metrics }) {
  const scrape = async (): Promise<Answer> => ({ status: 200, ...(await metrics.scrape()) })
  const ready = (): Answer => {
    const { ready: isReady, missing } = operator.readiness()
    return { status: isReady ? 200 : 503, text: [isReady ? 'ready' : 'not ready', ...missing, ''].join('\n') }
  }
  const healthy = (): Answer => ({ status: 200, text: 'ok\n' })
  const started = await Promise.allSettled([
    serveAt('metrics-address', config.metricsAddress, { '/metrics': scrape }),
    serveAt('health-address', config.healthAddress, { '/healthz': healthy, '/readyz': ready }),
  ])
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const failure = started.find((one) => one.status === 'rejected')
  if (failure === undefined) return servers
  await Promise.all(servers.map((server) => server.close()))
  throw failure.reason
}

/** No server where the flag turns it off. */
async function serveAt(
  flag: keyof typeof flags,
  address: ListenAddress,
  pages: Pages,
): Promise<readonly RunningServer[]> {
  if (address === undefined) return []
  try {
    return [await serve(address, pages)]
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'another program listens there' : `nothing can listen there (${code})`
    throw new Error(`--${flag}: ${address.host ?? ''}:${address.port}: ${why}`, { cause: error })
  }
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function terminated(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        log.info('draining', { signal })
        process.once(signal, () => process.exit(1))
        resolve()
      })
  })
}
