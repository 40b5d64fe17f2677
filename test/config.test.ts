import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { environmentName, flags, parseConfig, usage, type Config } from '../src/config.ts'

const flagNames = Object.keys(flags)

const defaults: Config = {
  kubeconfig: undefined,
  context: undefined,
  namespaces: [],
  argocdNamespace: 'argocd',
  allowCrossNamespace: false,
  allowedRegistries: [],
  allowedGitHosts: [],
  interval: 120_000,
  concurrency: 20,
  commitWindow: 1_000,
  registriesFile: undefined,
  cloud: {},
  ownProxy: { https: undefined, http: undefined, noProxy: '' },
  cacheDir: undefined,
  metricsAddress: { host: undefined, port: 8080 },
  healthAddress: { host: undefined, port: 8081 },
  logLevel: 'info',
  logFormat: 'json',
}

/** One setting as it may be written, and what it makes of the configuration. */
const settings: readonly (readonly [flag: string, value: string, Partial<Config>])[] = [
  ['kubeconfig', '/etc/kube/config', { kubeconfig: '/etc/kube/config' }],
  ['context', 'staging', { context: 'staging' }],
  ['namespace', 'argocd', { namespaces: ['argocd'] }],
  ['namespace', 'argocd, team-a,team-b', { namespaces: ['argocd', 'team-a', 'team-b'] }],
  ['namespace', 'argocd,argocd', { namespaces: ['argocd'] }],
  ['argocd-namespace', 'gitops', { argocdNamespace: 'gitops' }],
  ['allow-cross-namespace', 'true', { allowCrossNamespace: true }],
  ['allow-cross-namespace', 'false', { allowCrossNamespace: false }],
  ['allowed-registries', 'ghcr.io,*.example.com:5000', { allowedRegistries: ['ghcr.io', '*.example.com:5000'] }],
  ['allowed-git-hosts', 'git.example.com', { allowedGitHosts: ['git.example.com'] }],
  ['interval', '1m30s', { interval: 90_000 }],
  ['interval', '1s', { interval: 1_000 }],
  ['concurrency', '1', { concurrency: 1 }],
  ['concurrency', '9999', { concurrency: 9999 }],
  ['commit-window', '0s', { commitWindow: 0 }],
  ['commit-window', '250ms', { commitWindow: 250 }],
  ['registries-file', '/etc/registries.yaml', { registriesFile: '/etc/registries.yaml' }],
  ['cache-dir', '/cache', { cacheDir: '/cache' }],
  ['metrics-address', '127.0.0.1:9090', { metricsAddress: { host: '127.0.0.1', port: 9090 } }],
  ['metrics-address', '[::1]:9090', { metricsAddress: { host: '::1', port: 9090 } }],
  ['metrics-address', ':0', { metricsAddress: { host: undefined, port: 0 } }],
  ['metrics-address', '0', { metricsAddress: undefined }],
  ['health-address', 'localhost:65535', { healthAddress: { host: 'localhost', port: 65_535 } }],
  ['health-address', '0', { healthAddress: undefined }],
  ['log-level', 'debug', { logLevel: 'debug' }],
  ['log-format', 'text', { logFormat: 'text' }],
]

/** What is refused, and words of the sentence that says why. */
const refusals: readonly (readonly [flag: string, value: string, words: RegExp])[] = [
  ['namespace', 'Team_A', /"Team_A" is no name of a namespace/],
  ['argocd-namespace', 'Argo CD', /"Argo CD" is no name of a namespace/],
  ['allow-cross-namespace', 'maybe', /"maybe" is neither true nor false/],
  ['allowed-registries', '[', /no glob/],
  ['allowed-git-hosts', 'git\\', /no glob/],
  ['interval', '5', /^--interval: "5" is not a duration: write a number with a unit/],
  ['interval', '500ms', /at least 1s/],
  ['interval', '9000h', /at most 8760h/],
  ['concurrency', '0', /no number from 1 to 9999/],
  ['concurrency', '1.5', /no number from 1 to 9999/],
  ['commit-window', '-1s', /write a number with a unit/],
  ['metrics-address', '8080', /no host:port/],
  ['health-address', ':65536', /no host:port/],
  ['log-level', 'loud', /none of debug, info, warn, error/],
  ['log-format', 'xml', /none of json, text/],
]

const configOf = (args: readonly string[], environment: Readonly<Record<string, string>> = {}, terminal = false) => {
  const parsed = parseConfig(args, environment, terminal)
  assert.equal(parsed.kind, 'config', JSON.stringify(parsed))
  return parsed.kind === 'config' ? parsed.config : defaults
}

const faultsOf = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): readonly string[] => {
  const parsed = parseConfig(args, environment, false)
  return parsed.kind === 'faults' ? parsed.faults : []
}

test('nothing given: the defaults', () => {
  assert.deepEqual(configOf([]), defaults)
})

test('the table names every flag', () => {
  assert.deepEqual([...new Set(settings.map(([flag]) => flag))].toSorted(), flagNames.toSorted())
})

test('what the set-up of a cloud says is kept, and nothing else of the environment', () => {
  const environment = {
    AWS_ROLE_ARN: 'a',
    AZURE_CLIENT_ID: 'b',
    GCE_METADATA_HOST: 'c',
    GOOGLE_X: 'd',
    HOME: '/',
    AWS: '',
  }
  const parsed = parseConfig([], environment, false)
  assert.ok(parsed.kind === 'config')
  const { HOME: _, AWS: __, ...cloud } = environment
  assert.deepEqual(parsed.config.cloud, cloud)
})

describe('a setting', () => {
  for (const [flag, value, change] of settings) {
    const expected = { ...defaults, ...change }
    test(`--${flag}=${value}`, () => assert.deepEqual(configOf([`--${flag}=${value}`]), expected))
    test(`${environmentName(flag)}=${value}`, () =>
      assert.deepEqual(configOf([], { [environmentName(flag)]: value }), expected))
  }

  test('may have its value as the next argument', () => {
    assert.equal(configOf(['--interval', '5m', '--concurrency', '3']).interval, 300_000)
  })

  test('that is true or false needs no value', () => {
    assert.equal(configOf(['--allow-cross-namespace']).allowCrossNamespace, true)
    assert.equal(
      configOf(['--no-allow-cross-namespace'], { IMAGEUPDATE_ALLOW_CROSS_NAMESPACE: 'true' }).allowCrossNamespace,
      false,
    )
  })

  test('that is a list may be given several times', () => {
    assert.deepEqual(configOf(['--namespace=one', '--namespace', 'two,three']).namespaces, ['one', 'two', 'three'])
  })

  test('that is no list counts as it is given last', () => {
    assert.equal(configOf(['--interval=1m', '--interval=3m']).interval, 180_000)
  })
})

describe('precedence', () => {
  test('a flag wins over the environment, whole', () => {
    const environment = { IMAGEUPDATE_INTERVAL: '1h', IMAGEUPDATE_NAMESPACE: 'one,two' }
    const { interval, namespaces } = configOf(['--interval=5m', '--namespace=three'], environment)
    assert.deepEqual({ interval, namespaces }, { interval: 300_000, namespaces: ['three'] })
  })

  test('what the flag overrules is not judged', () => {
    assert.equal(configOf(['--interval=5m'], { IMAGEUPDATE_INTERVAL: 'often' }).interval, 300_000)
  })

  test('an empty variable is one that is not set', () => {
    assert.deepEqual(configOf([], Object.fromEntries(flagNames.map((name) => [environmentName(name), '']))), defaults)
  })

  test('logs are text on a terminal unless said otherwise', () => {
    assert.equal(configOf([], {}, true).logFormat, 'text')
    assert.equal(configOf(['--log-format=json'], {}, true).logFormat, 'json')
    assert.equal(configOf([], { IMAGEUPDATE_LOG_FORMAT: 'json' }, true).logFormat, 'json')
  })
})

describe('refused', () => {
  for (const [flag, value, words] of refusals) {
    test(`--${flag}=${value}`, () => {
      const faults = faultsOf([`--${flag}=${value}`])
      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', words)
      assert.ok(faults[0]?.startsWith(`--${flag}: `))
      assert.deepEqual(faultsOf([], { [environmentName(flag)]: value }), faults)
    })
  }

  test('a flag that is none', () => {
    assert.deepEqual(faultsOf(['--intervall=5m']), ['--intervall is no flag of run; see run --help'])
  })

  test('a word that is no flag', () => {
    assert.deepEqual(faultsOf(['argocd']), ['argocd is no flag; flags begin with --'])
  })

  test('a flag without the value that it needs', () => {
    assert.ok(faultsOf(['--cache-dir']).includes('--cache-dir needs a value'))
  })

  test('all faults are told at once, of flags and environment', () => {
    const args = refusals.slice(0, 7).map(([flag, value]) => `--${flag}=${value}`)
    const environment = Object.fromEntries(refusals.slice(7).map(([flag, value]) => [environmentName(flag), value]))
    const told = faultsOf([...args, '--nonsense', 'word'], environment).join('\n')
    const flagsAtFault = new Set(refusals.map(([flag]) => flag))
    for (const flag of [...flagsAtFault, 'nonsense']) assert.match(told, new RegExp(`--${flag}\\b`))
    assert.match(told, /^word is no flag/m)
  })
})

describe('help', () => {
  test('is asked for, whatever else is wrong', () => {
    assert.deepEqual(parseConfig(['--interval=never', '--help'], {}, false), { kind: 'help' })
  })

  test('names every flag, with its default', () => {
    for (const [name, { value }] of Object.entries(flags)) {
      const line = usage.split('\n').find((candidate) => candidate.trim().split(/[=\s]/)[0] === `--${name}`)
      assert.ok(line !== undefined, `--${name}`)
      assert.ok(['', 'false'].includes(value) || line.endsWith(`(${value})`), line)
    }
  })
})

test('the configuration can not be changed', () => {
  assert.ok(Object.isFrozen(configOf([])))
})
