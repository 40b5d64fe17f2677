import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from './config.ts'
import { createGitRepositories, type GitRepositories } from './git/repositories.ts'
import { createGuardPool } from './http/guard-pool.ts'
import { createHostGuard } from './http/host-guard.ts'
import { codeLabel, createHostLabels } from './metric-labels.ts'
import { createApiClient, type ApiClient } from './kubernetes/api-client.ts'
import { createApplicationStore } from './kubernetes/applications.ts'
import { createConfigMapStore } from './kubernetes/config-maps.ts'
import { EventRecorder } from './kubernetes/event-recorder.ts'
import { createPolicyStore } from './kubernetes/policies.ts'
import { PolicyWatch } from './kubernetes/policy-watch.ts'
import type { PooledKubeConfig } from './kubernetes/pooled-kube-config.ts'
import { createSecretStore } from './kubernetes/secrets.ts'
import { createServiceAccountStore } from './kubernetes/service-accounts.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import { createLoop, type Loop } from './reconcile/loop.ts'
import { openCloudLogins, type OpenCloudLogins } from './registry/login/open-cloud-logins.ts'
import { createScans, type Scans, type ScansOptions } from './registry/scans.ts'
import { createThreadedWork } from './writeback/thread/threaded-work.ts'
import { watchRegistries, type WatchedRegistries } from './registry/watched-registries.ts'

/** What the operator runs with. */
export interface OperatorOptions {
  readonly config: Config
  readonly kubeConfig: PooledKubeConfig
  readonly version: string
  readonly log: Logger
  readonly metrics: Metrics
}

/** The running operator. */
export interface RunningOperator {
  /** Whether it knows its policies, and what it waits for. */
  readiness(): { readonly ready: boolean; readonly missing: readonly string[] }
  /** Takes no new work, lets running writes finish and reports them, and closes every connection. */
  drain(): Promise<void>
}

const author = { name: 'image-update-operator', email: 'image-update-operator@users.noreply.invalid' }
const eventsWithin = 5_000
const lookEvery = 500

/** Makes every part, joins them and begins to watch. The first policies run once Applications and Secrets are known. */
export async function startOperator({
  config,
  kubeConfig,
  version,
  log,
  metrics,
}: OperatorOptions): Promise<RunningOperator> {
  const [clock, random] = [Date.now, Math.random]
  const guards = createGuards(config)
  const registries = await openRegistries(config, { log, metrics })
  const cloudLogins = openCloud(config, guards, { metrics, now: clock, random })
  const { folder: cacheFolder, ...cache } = await openCache(config.cacheDir)
  const client = createApiClient(kubeConfig, `image-update-operator/${version}`)
  const scans = openScans(registries, { guard: guards.registries, log, metrics, cacheFolder })
  const ofArgocd = { client, argocdNamespace: config.argocdNamespace, log }
  const [secrets, settings] = [createSecretStore(ofArgocd), createConfigMapStore(ofArgocd)]
  const [events, work] = [new EventRecorder({ client, log, clock }), createThreadedWork()]
  const watch = watchFor({ config, kubeConfig, log }, client, () => loop)
  const repositories = openRepositories(config, guards, {
    cacheFolder,
    random,
    now: clock,
    settled: () => loop.settled(),
    onDropped: (policies) => loop.onDropped(policies),
    onRequest: ({ host, operation, status }) => metrics.gitRequests.inc({ host, operation, code: String(status) }),
  })
  const loop = createLoop({
    config,
    log,
    metrics,
    events,
    secrets,
    settings,
    repositories,
    work,
    scans,
    registries,
    serviceAccounts: createServiceAccountStore({ client }),
    cloudLogins,
    clock,
    random,
    store: createPolicyStore(client, watch.policies),
    applications: createApplicationStore(client, watch.applications),
    projects: watch.projects,
  })
  await watch.start()
  const stopping = new AbortController()
  void beginOnceKnown({ watch, secrets, settings, loop, signal: stopping.signal })

  return {
    readiness: () => watch.readiness(),
    drain: async () => {
      stopping.abort()
      await loop.drain()
      await closeAll([repositories, scans, registries, cloudLogins])
      await events.close(eventsWithin)
      await closeAll([watch, secrets, settings, work])
      await closeAll([...Object.values(guards), kubeConfig, cache])
    },
  }
}

/**
 * Nothing runs before all policies are known: a younger one might write what is an older one's. Applications, Secrets and
 * ConfigMaps that can't be read without a person's help are not waited for: the runs say so.
 */
async function beginOnceKnown({ watch, secrets, settings, loop, signal }: Beginning): Promise<void> {
  await Promise.all([watch.settled(), secrets.settled, settings.settled])
  while (!watch.readiness().ready && !signal.aborted)
    await pause(lookEvery, undefined, { signal }).catch(() => undefined)
  if (!signal.aborted) loop.begin()
}

interface Beginning {
  readonly watch: Pick<PolicyWatch, 'settled' | 'readiness'>
  readonly secrets: { readonly settled: Promise<void> }
  readonly settings: { readonly settled: Promise<void> }
  readonly loop: Pick<Loop, 'begin'>
  readonly signal: AbortSignal
}

/** The loop is made after the watch, from what the watch knows; nothing happens before the watch starts. */
function watchFor(
  { config, kubeConfig, log }: Pick<OperatorOptions, 'config' | 'kubeConfig' | 'log'>,
  client: ApiClient,
  loop: () => Loop,
): PolicyWatch {
  return new PolicyWatch({
    kubeConfig,
    client,
    log,
    namespaces: config.namespaces,
    argocdNamespace: config.argocdNamespace,
    onPolicy: (key) => loop().onPolicy(key),
    onApplication: (change) => loop().onApplication(change),
    onProject: () => loop().onProject(),
  })
}

function openRepositories(
  { commitWindow }: Pick<Config, 'commitWindow'>,
  guards: ReturnType<typeof createGuards>,
  parts: Omit<Parameters<typeof createGitRepositories>[0], 'guards' | 'author' | 'commitWindow'>,
): GitRepositories {
  return createGitRepositories({
    ...parts,
    guards: guards.git,
    author,
    commitWindow,
  })
}

async function closeAll(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(parts.map((part) => part.close()))
}

function createGuards({ allowedRegistries, allowedGitHosts, ownProxy }: Config) {
  return {
    registries: createHostGuard({ allowed: allowedRegistries, flag: '--allowed-registries', ownProxy }),
    git: createGuardPool({ allowed: allowedGitHosts, flag: '--allowed-git-hosts' }),
  }
}

/** The folder that was given, or a fresh one that is removed in the end. */
async function openCache(given: string | undefined): Promise<{ folder: string; close: () => Promise<void> }> {
  if (given !== undefined) return { folder: given, close: () => Promise.resolve() }
  const folder = await mkdtemp(join(tmpdir(), 'image-update-operator-'))
  return { folder, close: () => rm(folder, { recursive: true, force: true }) }
}

function openRegistries({ registriesFile }: Config, { log, metrics }: Telling): Promise<WatchedRegistries> {
  const onChecked = (valid: boolean): void => metrics.registriesFileValid.set(valid ? 1 : 0)
  return watchRegistries({ file: registriesFile, log, onChecked })
}

function openScans(
  registries: WatchedRegistries,
  { metrics, ...options }: Telling & Pick<ScansOptions, 'guard' | 'cacheFolder'>,
): Scans {
  return createScans({ ...options, ...counting(metrics), limits: (host) => registries.current().limits(host) })
}

function openCloud(
  { cloud, ownProxy }: Config,
  { registries }: ReturnType<typeof createGuards>,
  { metrics, ...chance }: { metrics: Metrics; now: () => number; random: () => number },
): OpenCloudLogins {
  return openCloudLogins({
    ...chance,
    environment: cloud,
    ownProxy,
    check: (url) => registries.check(url),
    onRequest: counting(metrics).onRequest,
  })
}

type Telling = Pick<OperatorOptions, 'log' | 'metrics'>

function counting(metrics: Metrics): Pick<ScansOptions, 'onRequest' | 'onDown'> {
  const hostLabel = createHostLabels()
  return {
    onRequest: ({ host, kind, status, seconds }) => {
      metrics.registryRequests.inc({ host: hostLabel(host), kind, code: codeLabel(status) })
      metrics.registryDuration.observe({ kind }, seconds)
    },
    onDown: (host) => metrics.registryDown.inc({ host: hostLabel(host) }),
  }
}
