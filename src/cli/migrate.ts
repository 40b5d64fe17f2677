import { convertRegistries, type Note } from '../core/migrate/convert-registries.ts'
import { parseRegistriesConf } from '../core/migrate/parse-registries-conf.ts'
import type { Command } from './command.ts'
import { json } from './formats/json.ts'
import { nameOfInput, readText } from './input.ts'
import { helpOf, parseOptions, type Manual } from './options.ts'
import { printable } from './printable.ts'

const formats = ['yaml', 'json'] as const

/** What `migrate --help` says. */
export const manual: Manual = {
  command: 'migrate',
  usage: 'migrate --registries-conf FILE [options]',
  about: [
    "Turns what Argo CD Image Updater is told of registries into this operator's registries file, on standard output. What",
    'has no counterpart, and what is left to do, is told on standard error. Ends with 1 when the file has faults, with 2',
    'when it is used wrongly.',
  ].join('\n'),
  options: {
    'registries-conf': {
      value: 'FILE',
      help: 'registries.conf, or the ConfigMap in which it stands; - is standard input',
    },
    output: { short: 'o', value: 'FORMAT', help: `${formats.join(' or ')} (yaml)`, among: formats },
  },
  examples: [
    'image-update-operator migrate --registries-conf registries.conf > registries.yaml',
    'kubectl get configmap argocd-image-updater-config -n argocd -o yaml | image-update-operator migrate --registries-conf -',
  ],
}

/** See {@link manual}. */
export const migrate: Command = async (args, surroundings) => {
  const options = parseOptions(args, manual)
  if (options.kind === 'help') return { status: 0, out: helpOf(manual) }
  if (options.kind === 'faults') return { status: 2, err: options.faults.join('\n') }
  const [name] = options.values.get('registries-conf') ?? []
  if (name === undefined)
    return { status: 2, err: '--registries-conf is required: the file to migrate; see migrate --help' }
  const content = await readText(name, surroundings)
  if (!content.ok) return { status: 2, err: content.fault }
  const parsed = parseRegistriesConf(content.value)
  if (!parsed.ok) return { status: 1, err: parsed.faults.map((fault) => sentence(nameOfInput(name), fault)).join('\n') }
  const { registries, text, notes } = convertRegistries(parsed.registries)
  const isJson = options.values.get('output')?.[0] === 'json'
  const report = notes.map(told).join('\n')
  return {
    status: 0,
    out: isJson ? json({ registries, notes }) : text,
    ...(isJson || report === '' ? {} : { err: report }),
  }
}

function sentence(file: string, { path, message }: { readonly path: string; readonly message: string }): string {
  return printable(`${file}: ${path.replace(/^\./, '')}${path === '' ? '' : ' '}${message}`)
}

function told({ registry, field, message }: Note): string {
  return printable(`${registry}: ${field}${field === '' ? '' : ': '}${message}`)
}
