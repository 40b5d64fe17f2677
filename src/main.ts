#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { parseConfig, usage, type Config } from './config.ts'
import { loadKubeConfig } from './kubernetes/pooled-kube-config.ts'
import { createLogger, type Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { startOperator, type RunningOperator } from './operator.ts'
import { serve, type Answer } from './server.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** Answers the exit status: 0 fine, 1 it could not be done, 2 used wrongly. */
async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === '--version') return say(process.stdout, version)
  if (command === '--help') return say(process.stdout, usage)
  if (command === undefined) return say(process.stderr, usage, 2)
  if (command !== 'run') return say(process.stderr, `${command} is no command; there is: run`, 2)
  const parsed = parseConfig(args)
  switch (parsed.kind) {
    case 'help':
      return say(process.stdout, usage)
    case 'faults':
      return say(process.stderr, parsed.faults.join('\n'), 2)
    case 'config':
      return await run(parsed.config)
  }
}

async function run(config: Config): Promise<number> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat })
  const metrics = createMetrics()
  const kubeConfig = loadKubeConfig({ file: config.kubeconfig, context: config.context })
  const operator = await startOperator({ config, kubeConfig, version, log, metrics })
  const servers = await listen(config, { operator, metrics })
  log.info('started', {
    version,
    namespaces: config.namespaces.join(',') || 'all',
    argocdNamespace: config.argocdNamespace,
  })
  await terminated(log)
  await operator.drain()
  await Promise.all(servers.map((server) => server.close()))
  log.info('drained')
  return 0
}

async function listen(config: Config, { operator, metrics }: { operator: RunningOperator; metrics: Metrics }) {
  const scrape = async (): Promise<Answer> => ({ status: 200, ...(await metrics.scrape()) })
  const ready = (): Answer => {
    const { ready: isReady, missing } = operator.readiness()
    return { status: isReady ? 200 : 503, text: [isReady ? 'ready' : 'not ready', ...missing, ''].join('\n') }
  }
  const healthy = (): Answer => ({ status: 200, text: 'ok\n' })
  return await Promise.all([
    ...(config.metricsAddress === undefined ? [] : [serve(config.metricsAddress, { '/metrics': scrape })]),
    ...(config.healthAddress === undefined
      ? []
      : [serve(config.healthAddress, { '/healthz': healthy, '/readyz': ready })]),
  ])
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

function say(stream: NodeJS.WriteStream, text: string, status = 0): number {
  stream.write(`${text}\n`)
  return status
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) =>
  say(process.stderr, error instanceof Error ? error.message : 'failed', 1),
)
