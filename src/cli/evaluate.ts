import type { TagMetadata } from '../core/candidate.ts'
import { candidatesOf, evaluate as evaluateTags, type Evaluation } from '../core/evaluate.ts'
import { parseImageValue } from '../core/image-value.ts'
import type { PolicySpec } from '../core/policy.ts'
import { fault, parsed, type Parsed } from '../core/result.ts'
import { ReconcileError } from '../errors.ts'
import { checkPolicy, faultLine, policyName } from './check-policy.ts'
import type { Answer, Command, Surroundings } from './command.ts'
import { evaluationTable } from './formats/evaluation-table.ts'
import { formats, inFormat } from './formats/index.ts'
import { nameOfInput, readText } from './input.ts'
import { helpOf, parseOptions, type Manual } from './options.ts'
import { readPolicyFile } from './policy-file.ts'
import { printable } from './printable.ts'
import { parseDigest, parseTagList, type TagList } from './tag-list.ts'
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

interface Chosen {
  readonly evaluation: Evaluation
  readonly metadata: ReadonlyMap<string, TagMetadata>
  readonly remark: string | undefined
}

/** Faults for standard error, and the status that goes with them. */
interface Refusal {
  readonly status: 1 | 2
  readonly faults: readonly string[]
}

type Outcome<T> = { readonly value: T } | Refusal

/** See {@link manual}. */
export const evaluate: Command = async (args, surroundings) => {
  const options = parseOptions(args, manual)
  if (options.kind === 'help') return { status: 0, out: helpOf(manual) }
  const settings = options.kind === 'faults' ? options : settingsOf(options.values)
  if ('faults' in settings) return refusal({ ...settings, status: 2 })
  const [policy, tags] = await Promise.all([readPolicy(settings.file, surroundings), readTags(settings, surroundings)])
  if ('faults' in policy || 'faults' in tags) return refusal(...[policy, tags].filter((each) => 'faults' in each))
  const chosen = await choose(policy.value, tags.value, { settings, surroundings })
  if ('faults' in chosen) return refusal(chosen)
  const { evaluation, metadata, remark } = chosen.value
  const judged = { ...settings, spec: policy.value, evaluation, metadata }
  const verdict = verdictOn(judged)
  const out = inFormat(settings.output, verdict.report, () => evaluationTable(judged, verdict))
  return { status: 0, out, ...(remark === undefined ? {} : { err: remark }) }
}

function refusal(...refused: readonly Refusal[]): Answer {
  const status = refused.some((each) => each.status === 2) ? 2 : 1
  return { status, err: refused.flatMap(({ faults }) => faults).join('\n') }
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

async function readPolicy(file: string, surroundings: Surroundings): Promise<Outcome<PolicySpec>> {
  const text = await readText(file, surroundings)
  if (!text.ok) return { status: 2, faults: [text.fault] }
  const name = nameOfInput(file)
  const { policies, errors } = readPolicyFile(text.value)
  if (errors.length > 0)
    return { status: 1, faults: errors.map(({ line, message }) => `${name}:${line}: ${printable(message)}`) }
  const [policy, ...others] = policies.map(checkPolicy)
  if (policy === undefined) return { status: 2, faults: [`${name} holds no ImageUpdatePolicy`] }
  if (others.length > 0) {
    const names = [policy, ...others].map(policyName).join(', ')
    return {
      status: 2,
      faults: [`${name} holds ${policies.length} policies (${names}): give evaluate a file with one`],
    }
  }
  if (policy.spec !== undefined) return { value: policy.spec }
  return { status: 1, faults: policy.faults.map((each) => faultLine(name, policy, each)) }
}

/** The list of `--tags`; undefined without it. */
async function readTags(
  { tags, now }: Pick<Settings, 'tags' | 'now'>,
  surroundings: Surroundings,
): Promise<Outcome<TagList | undefined>> {
  if (tags === undefined) return { value: undefined }
  const text = await readText(tags, surroundings)
  if (!text.ok) return { status: 2, faults: [text.fault] }
  const read = parseTagList(text.value, now)
  if ('faults' in read) return { status: 2, faults: read.faults.map((each) => `${nameOfInput(tags)}: ${each}`) }
  return { value: read.list }
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

function chooseAmong(spec: PolicySpec, { scan, metadata, seenAt, impossible }: TagList, now: number): Chosen {
  const evaluation = evaluateTags(spec, candidatesOf(spec, scan), { metadata, seenAt, now })
  const remarks = [remarkOn(impossible), remarkOnDigest(spec, evaluation)].filter((remark) => remark !== undefined)
  return { evaluation, metadata, remark: remarks.length === 0 ? undefined : remarks.join('\n') }
}

function remarkOnDigest({ writeBack }: PolicySpec, { choice }: Evaluation): string | undefined {
  if (choice === undefined || choice.digest !== undefined || writeBack.digest === 'never') return undefined
  return `the policy writes digests, and the list does not tell that of ${printable(choice.tag)}: it is left out`
}

function remarkOn(impossible: readonly string[]): string | undefined {
  const [first] = impossible
  if (first === undefined) return undefined
  const more = impossible.length === 1 ? '' : `, nor ${impossible.length - 1} more`
  return `${JSON.stringify(printable(first))} can't be a tag of a registry${more}: judged as if it were one`
}
