import { parseArgs } from 'node:util'
import { nearest } from '../core/parse-policy/nearest.ts'

/** One option of a command. */
export interface Option {
  /** One letter. */
  readonly short?: string
  /** What stands for the value in `--help`; undefined: it takes none, and is a yes. */
  readonly value?: string
  readonly help: string
  /** The only values that are taken. */
  readonly among?: readonly string[]
  /** Whether it may be given again, and further values may follow without it. */
  readonly repeats?: boolean
}

/** What a command is, for `--help` and for reading its arguments. */
export interface Manual {
  readonly command: string
  readonly usage: string
  readonly about: string
  readonly options: Readonly<Record<string, Option>>
  readonly examples: readonly string[]
}

/** The arguments of a command, every value a list; or every fault of them. */
export type ParsedOptions =
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | { readonly kind: 'values'; readonly values: ReadonlyMap<string, readonly string[]> }

interface Given {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** Reads the arguments of a command; all faults at once. Whoever asks for help gets it, faults or not. */
export function parseOptions(args: readonly string[], { command, options }: Manual): ParsedOptions {
  const types = Object.fromEntries(
    Object.entries(options).map(([name, { short, value }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...types, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<string, string[]>()
  const faults: string[] = []
  const repeating = Object.keys(options).find((name) => options[name]?.repeats === true)
  const add = (name: string, value: string): void => void values.set(name, [...(values.get(name) ?? []), value])
  for (const token of tokens) {
    if (token.kind === 'option' && token.name === 'help') return { kind: 'help' }
    if (token.kind === 'positional' && repeating !== undefined) add(repeating, token.value)
    else if (token.kind === 'positional')
      faults.push(`${JSON.stringify(token.value)} is no option: ${command} takes ${knownOptions(options)}`)
    if (token.kind !== 'option') continue
    const fault = faultOf(token, { command, options, already: values.has(token.name) })
    if (fault === undefined) add(token.name, token.value ?? '')
    else faults.push(fault)
  }
  return faults.length > 0 ? { kind: 'faults', faults: [...new Set(faults)] } : { kind: 'values', values }
}

/** What `--help` of a command prints. */
export function helpOf({ usage, about, options, examples }: Manual): string {
  const shown = Object.entries(options).map(([name, { short, value, help }]) => {
    const names = short === undefined ? `    --${name}` : `-${short}, --${name}`
    return `  ${[names, ...(value === undefined ? [] : [value])].join(' ').padEnd(28)}${help}`
  })
  return [
    `image-update-operator ${usage}`,
    '',
    about,
    '',
    ...shown,
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n')
}

function faultOf(
  { name, rawName, value, inlineValue }: Given,
  known: { command: string; options: Manual['options']; already: boolean },
): string | undefined {
  const option = Object.hasOwn(known.options, name) ? known.options[name] : undefined
  if (option === undefined) {
    const meant = nearest(name, Object.keys(known.options))
    const which = `${rawName} is no option of ${known.command}`
    const taken = knownOptions(known.options)
    return meant === undefined
      ? `${which}, which takes ${taken}`
      : `${which}: did you mean --${meant}? It takes ${taken}`
  }
  return (
    valueFault({ rawName, value, inlineValue }, option) ??
    (known.already && option.repeats !== true ? `${rawName} is given twice: give it once` : undefined)
  )
}

function valueFault(
  { rawName, value, inlineValue }: Omit<Given, 'name'>,
  { value: wanted, among }: Option,
): string | undefined {
  if (wanted === undefined) return inlineValue === true ? `${rawName} takes no value: leave it out` : undefined
  if (value === undefined || value === '') return `${rawName} needs a value: ${wanted}`
  // Standard input is `-`; everything else that begins so is the next option.
  if (inlineValue !== true && /^-./.test(value))
    return `${rawName} needs a value: ${wanted} (write ${rawName}=${value} if that is meant)`
  return among?.includes(value) === false
    ? `${rawName} ${JSON.stringify(value)} is none of ${among.join(', ')}`
    : undefined
}

function knownOptions(options: Manual['options']): string {
  return Object.entries(options)
    .map(([name, { short }]) => (short === undefined ? `--${name}` : `-${short} (--${name})`))
    .join(', ')
}
