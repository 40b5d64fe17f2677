import { parseImageValue } from '../core/image-value.ts'
import type { PolicySpec } from '../core/policy.ts'
import { fault, parsed, type Parsed } from '../core/result.ts'
import { ReconcileError } from '../errors.ts'
import { chooseAmong, readTags, type Chosen } from './choose-among.ts'
import type { Command, Surroundings } from './command.ts'
import { evaluationTable } from './formats/evaluation-table.ts'
import { formats, inFormat } from './formats/index.ts'
import { readPolicy } from './one-policy.ts'
import { helpOf, parseOptions, type Manual } from './options.ts'
import { refusal, type Outcome } from './outcome.ts'
import { parseDigest, type TagList } from './tag-list.ts'
import { parseTime } from './time.ts'
import { verdictOn } from './verdict.ts'

/** What `evaluate --help` says. */
export const manual: Manual = {
  command: 'evaluate',
  usage: 'evaluate -f policy.yaml [options]',
  about: [
    'Tells which tag a policy would choose, and why not the others. Without --tags the registry is asked, with the',
    'credentials in auths of $DOCKER_CONFIG/config.json, else ~/.docker/config.json. Ends with 0 whatever the answer is,',
    'with 1 when the policy is not valid or the registry does not answer, with 2 when it is used wrongly.',
  ].join('\n'),
  options: {
    file: { short: 'f', value: 'FILE', help: 'the policy in YAML or JSON; - is standard input' },
    tags: {
      value: 'FILE',
      help: 'ask no registry: one tag a line, or {"tag","digest","created","firstSeen","platforms"}; - is standard input',
    },
    current: { value: 'TAG', help: 'what is desired now: a tag, tag@sha256:… or @sha256:…' },
    now: { value: 'TIME', help: 'judge as if it were this time, such as 2026-01-31T12:00:00Z' },
    output: { short: 'o', value: 'FORMAT', help: `${formats.join(', ')} (table)`, among: formats },
  },
  examples: [
    'image-update-operator evaluate -f policy.yaml',
    'image-update-operator evaluate -f policy.yaml --tags tags.txt --current 1.4.2 -o json',
    'crane ls ghcr.io/acme/web | image-update-operator evaluate -f policy.yaml --tags -',
  ],
}

interface Settings {
  readonly file: string
  readonly tags: string | undefined
  readonly current: string | undefined
  readonly now: number
  readonly output: string
}

/** See {@link manual}. */
export const evaluate: Command = async (args, surroundings) => {
  const options = parseOptions(args, manual)
  if (options.kind === 'help') return { status: 0, out: helpOf(manual) }
  const settings = options.kind === 'faults' ? options : settingsOf(options.values)
  if ('faults' in settings) return refusal({ ...settings, status: 2 })
  const [policy, tags] = await Promise.all([
    readPolicy(settings.file, 'evaluate', surroundings),
    settings.tags === undefined ? { value: undefined } : readTags(settings.tags, settings.now, surroundings),
  ])
  if ('faults' in policy || 'faults' in tags) return refusal(...[policy, tags].filter((each) => 'faults' in each))
  const chosen = await choose(policy.value.spec, tags.value, { settings, surroundings })
  if ('faults' in chosen) return refusal(chosen)
  const { evaluation, metadata, remark } = chosen.value
  const judged = { ...settings, spec: policy.value.spec, evaluation, metadata }
  const verdict = verdictOn(judged)
  const out = inFormat(settings.output, verdict.report, () => evaluationTable(judged, verdict))
  return { status: 0, out, ...(remark === undefined ? {} : { err: remark }) }
}

function settingsOf(values: ReadonlyMap<string, readonly string[]>): Settings | { faults: readonly string[] } {
  const faults: string[] = []
  const text = (name: string) => values.get(name)?.[0]
  const read = <T>(name: string, parse: (text: string) => Parsed<T>): T | undefined => {
    const given = text(name)
    if (given === undefined) return undefined
    const result = parse(given)
    if (result.ok) return result.value
    faults.push(`--${name} ${JSON.stringify(given)} ${result.fault}`)
    return undefined
  }
  const file = text('file')
  if (file === undefined) faults.push('-f is required: the file with the policy; see evaluate --help')
  if (file === '-' && text('tags') === '-') faults.push('-f and --tags both read standard input: give one a file')
  const settings: Settings = {
    file: file ?? '',
    tags: text('tags'),
    current: read('current', parseCurrent),
    now: read('now', parseTime) ?? Date.now(),
    output: text('output') ?? 'table',
  }
  return faults.length > 0 ? { faults } : settings
}

function parseCurrent(text: string): Parsed<string> {
  const { tag, digest } = parseImageValue(text)
  const digestRead = digest === undefined ? undefined : parseDigest(digest)
  const isWrong = digestRead?.ok === false || (tag === undefined && digest === undefined) || /[/:\s]/.test(tag ?? '')
  return isWrong ? fault('is no tag, tag@sha256:… or @sha256:…: write it without the repository') : parsed(text)
}

async function choose(
  spec: PolicySpec,
  tags: TagList | undefined,
  { settings, surroundings }: { settings: Settings; surroundings: Surroundings },
): Promise<Outcome<Chosen>> {
  if (tags !== undefined) return { value: chooseAmong(spec, tags, settings.now) }
  // undici takes half a second to load, and offline nobody needs it.
  const { askRegistry } = await import('./ask-registry.ts')
  try {
    return { value: await askRegistry({ ...settings, spec }, surroundings) }
  } catch (cause) {
    if (!(cause instanceof ReconcileError)) throw cause
    return { status: 1, faults: [`${cause.reason}: ${cause.message}`] }
  }
}
