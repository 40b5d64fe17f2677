import { parseArgs } from 'node:util'
import { readOwnProxy, type OwnProxy } from './core/own-proxy.ts'
import { parseDuration } from './core/text/duration.ts'
import { parseGlob } from './core/text/glob.ts'
import { logLevels, type LogLevel } from './log.ts'

/** `host:port` to listen on; undefined: the end-point is turned off. */
export type ListenAddress = { readonly host: string | undefined; readonly port: number } | undefined

/** The operator's configuration, complete and checked. Times are milliseconds. */
export interface Config {
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[]
  readonly argocdNamespace: string
  readonly allowCrossNamespace: boolean
  readonly allowedRegistries: readonly string[]
  readonly allowedGitHosts: readonly string[]
  readonly interval: number
  readonly concurrency: number
  readonly commitWindow: number
  readonly registriesFile: string | undefined
  /** What the set-up of a cloud says of the operator's identity there; it may be secret. */
  readonly cloud: Readonly<Record<string, string | undefined>>
  /** The way to registries and clouds; it may hold a password. */
  readonly ownProxy: OwnProxy
  readonly cacheDir: string | undefined
  readonly metricsAddress: ListenAddress
  readonly healthAddress: ListenAddress
  readonly logLevel: LogLevel
  readonly logFormat: 'json' | 'text'
}

/** A configuration, or every fault of the flags and the environment. */
export type ParsedConfig =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

interface Flag {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly value: string
  readonly help: string
  /** The only values that are taken. */
  readonly among?: readonly string[]
}

/** Every flag, with its default and its sentence for `--help`; each is also read from `IMAGEUPDATE_<NAME>`. */
export const flags = {
  kubeconfig: { type: 'string', value: '', help: 'kubeconfig file; default: in-cluster, else KUBECONFIG' },
  context: { type: 'string', value: '', help: 'context of the kubeconfig' },
  namespace: {
    type: 'string',
    multiple: true,
    value: '',
    help: 'watch policies and Applications here; default: everywhere',
  },
  'argocd-namespace': { type: 'string', value: 'argocd', help: "where Argo CD's Secrets and AppProjects are" },
  'allow-cross-namespace': {
    type: 'boolean',
    value: 'false',
    help: 'let policies link Applications of other namespaces',
  },
  'allowed-registries': {
    type: 'string',
    multiple: true,
    value: '',
    help: 'globs of registry hosts; default: all but loopback',
  },
  'allowed-git-hosts': {
    type: 'string',
    multiple: true,
    value: '',
    help: 'globs of git hosts; default: all but loopback',
  },
  interval: { type: 'string', value: '2m', help: "a policy's interval unless it says" },
  concurrency: { type: 'string', value: '20', help: 'reconciles side by side, of each registry host' },
  'commit-window': { type: 'string', value: '1s', help: 'how long at most edits are gathered for one commit' },
  'registries-file': {
    type: 'string',
    value: '',
    help: 'what is particular about registries; read anew when it changes',
  },
  'cache-dir': {
    type: 'string',
    value: '',
    help: 'folder for image metadata and git objects; default: a temporary one',
  },
  'metrics-address': { type: 'string', value: ':8080', help: 'host:port of /metrics; 0 turns it off' },
  'health-address': { type: 'string', value: ':8081', help: 'host:port of /healthz and /readyz; 0 turns it off' },
  'log-level': { type: 'string', value: 'info', help: `one of ${logLevels.join(', ')}`, among: logLevels },
  'log-format': {
    type: 'string',
    value: '',
    help: 'json or text; default: text on a terminal, else json',
    among: ['json', 'text'],
  },
} as const satisfies Record<string, Flag>

type FlagName = keyof typeof flags
type Values = Partial<Record<string, string | boolean | (string | boolean)[]>>

/** Reads the flags (they win), then the environment, then the defaults; reports every fault at once. */
export function parseConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
  terminal: boolean = process.stderr.isTTY,
): ParsedConfig {
  const faults: string[] = []
  const given = flagsOf(args, faults)
  if (given['help'] === true) return { kind: 'help' }
  const text = (name: FlagName): string => {
    const values = textsOf(given[name] ?? environment[environmentName(name)])
    return values.at(-1) ?? flags[name].value
  }
  const list = (name: FlagName): readonly string[] =>
    textsOf(given[name] ?? environment[environmentName(name)]).flatMap((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
  const read = readers(text, list, faults)
  const config: Config = {
    kubeconfig: text('kubeconfig') || undefined,
    context: text('context') || undefined,
    namespaces: read.names('namespace'),
    argocdNamespace: read.names('argocd-namespace').at(-1) ?? flags['argocd-namespace'].value,
    allowCrossNamespace: read.boolean('allow-cross-namespace'),
    allowedRegistries: read.globs('allowed-registries'),
    allowedGitHosts: read.globs('allowed-git-hosts'),
    interval: read.duration('interval', 1000),
    concurrency: read.count('concurrency'),
    commitWindow: read.duration('commit-window', 0),
    registriesFile: text('registries-file') || undefined,
    cloud: Object.fromEntries(Object.entries(environment).filter(([name]) => /^(AWS|AZURE|GCE|GOOGLE)_/.test(name))),
    ownProxy: readOwnProxy(environment, (sentence) => faults.push(sentence)),
    cacheDir: text('cache-dir') || undefined,
    metricsAddress: read.address('metrics-address'),
    healthAddress: read.address('health-address'),
    logLevel: read.oneOf('log-level', logLevels),
    logFormat: text('log-format') === '' ? (terminal ? 'text' : 'json') : read.oneOf('log-format', ['json', 'text']),
  }
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'config', config: Object.freeze(config) }
}

/** The environment variable that stands for a flag. */
export function environmentName(flag: string): string {
  return `IMAGEUPDATE_${flag.toUpperCase().replaceAll('-', '_')}`
}

function flagsOf(args: readonly string[], faults: string[]): Values {
  const options = Object.fromEntries(
    Object.entries({ ...flags, help: { type: 'boolean' } as const }).map(([name, { type }]) => [
      name,
      { type, multiple: type === 'string' },
    ]),
  )
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, allowNegative: true, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`${token.value} is no flag; flags begin with --`)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(options, token.name)) faults.push(`${token.rawName} is no flag of run; see run --help`)
    else if (options[token.name]?.type === 'string' && token.value === undefined)
      faults.push(`${token.rawName} needs a value`)
  }
  // A flag without its value stands there as `true`: it has been told, and counts as not given.
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => options[name]?.type === 'boolean' || !isBare(value)),
  )
}

function isBare(value: Values[string]): boolean {
  return Array.isArray(value) ? value.includes(true) : value === true
}

function textsOf(value: Values[string]): readonly string[] {
  if (value === undefined || value === '') return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function readers(text: (name: FlagName) => string, list: (name: FlagName) => readonly string[], faults: string[]) {
  const faulty = (name: FlagName, sentence: string): void => void faults.push(`--${name}: ${sentence}`)
  return {
    boolean: (name: FlagName): boolean => {
      if (text(name) !== 'true' && text(name) !== 'false')
        faulty(name, `${JSON.stringify(text(name))} is neither true nor false`)
      return text(name) === 'true'
    },
    names: (name: FlagName): readonly string[] => {
      for (const value of list(name))
        if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value))
          faulty(name, `${JSON.stringify(value)} is no name of a namespace`)
      return [...new Set(list(name))]
    },
    globs: (name: FlagName): readonly string[] => {
      for (const value of list(name)) {
        const glob = parseGlob(value)
        if (!glob.ok) faulty(name, glob.fault)
      }
      return list(name)
    },
    duration: (name: FlagName, least: number): number => {
      const duration = parseDuration(text(name))
      if (!duration.ok) faulty(name, `${JSON.stringify(text(name))} ${duration.fault}`)
      else if (duration.value < least) faulty(name, `must be at least ${least / 1000}s`)
      return duration.ok ? duration.value : 0
    },
    count: (name: FlagName): number => {
      if (!/^[1-9][0-9]{0,3}$/.test(text(name)))
        faulty(name, `${JSON.stringify(text(name))} is no number from 1 to 9999`)
      return Number(text(name))
    },
    oneOf: <T extends string>(name: FlagName, values: readonly T[]): T => {
      const value = values.find((allowed) => allowed === text(name))
      if (value === undefined) faulty(name, `${JSON.stringify(text(name))} is none of ${values.join(', ')}`)
      return value ?? (values[0] as T)
    },
    address: (name: FlagName): ListenAddress => {
      if (text(name) === '0') return undefined
      const parts = /^(.*):([0-9]{1,5})$/.exec(text(name))
      if (parts === null || Number(parts[2]) > 65535)
        faulty(name, `${JSON.stringify(text(name))} is no host:port, and not 0`)
      return { host: parts?.[1]?.replace(/^\[(.*)\]$/, '$1') || undefined, port: Number(parts?.[2] ?? 0) }
    },
  }
}

/** What `--help` prints. */
export const usage = [
  'image-update-operator run [flags]',
  '',
  'Keeps the image versions of Argo CD Applications up to date, as ImageUpdatePolicies say.',
  'Each flag is also read from the environment, as IMAGEUPDATE_<NAME>; the flag wins.',
  'HTTPS_PROXY, HTTP_PROXY and NO_PROXY count for registries and clouds.',
  '',
  ...Object.entries(flags).map(([name, { type, value, help }]) => {
    const shown = type === 'boolean' ? `--${name}` : `--${name}=…`
    return `  ${shown.padEnd(28)}${help}${value === '' || type === 'boolean' ? '' : ` (${value})`}`
  }),
  '',
  'Example: image-update-operator run --namespace argocd --interval 1m',
].join('\n')
