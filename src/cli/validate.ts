import { checkFile, type CheckedFile } from './check-file.ts'
import type { CheckedPolicy } from './check-policy.ts'
import type { Command } from './command.ts'
import { formats, inFormat } from './formats/index.ts'
import { validationTable } from './formats/validation-table.ts'
import { nameOfInput, readText } from './input.ts'
import { helpOf, parseOptions, type Manual } from './options.ts'

/** What `validate --help` says. */
export const manual: Manual = {
  command: 'validate',
  usage: 'validate -f FILE… [options]',
  about: [
    'Tells every fault of every ImageUpdatePolicy in the files, as the API server and the operator would. Objects of other',
    'kinds are skipped. Ends with 0 when all policies are valid, with 1 when one is not, with 2 when it is used wrongly.',
  ].join('\n'),
  options: {
    file: {
      short: 'f',
      value: 'FILE…',
      help: 'YAML or JSON, any number of documents; - is standard input',
      repeats: true,
    },
    output: { short: 'o', value: 'FORMAT', help: `${formats.join(', ')} (table)`, among: formats },
  },
  examples: [
    'image-update-operator validate -f policy.yaml',
    'image-update-operator validate -f policies/*.yaml -o json',
    'kustomize build overlays/prod | image-update-operator validate -f -',
  ],
}

/** See {@link manual}. */
export const validate: Command = async (args, surroundings) => {
  const options = parseOptions(args, manual)
  if (options.kind === 'help') return { status: 0, out: helpOf(manual) }
  if (options.kind === 'faults') return { status: 2, err: options.faults.join('\n') }
  const names = [...new Set(options.values.get('file'))]
  if (names.length === 0) return { status: 2, err: '-f is required: the files to check; see validate --help' }
  const texts = await Promise.all(names.map((name) => readText(name, surroundings)))
  const unread = texts.flatMap((text) => (text.ok ? [] : text.fault))
  if (unread.length > 0) return { status: 2, err: unread.join('\n') }
  const files = texts.flatMap((text, index) => (text.ok ? checkFile(nameOfInput(names[index] ?? ''), text.value) : []))
  const isValid = files.every(({ errors, policies }) => errors.length === 0 && policies.every(hasNoFault))
  const out = inFormat(options.values.get('output')?.[0] ?? 'table', reportOf(files, isValid), () =>
    validationTable(files),
  )
  return { status: isValid ? 0 : 1, out }
}

function hasNoFault({ faults }: CheckedPolicy): boolean {
  return faults.length === 0
}

/** What `-o json` prints (docs/cli.md): members are added, never taken away or changed. */
function reportOf(files: readonly CheckedFile[], valid: boolean): object {
  return {
    valid,
    policies: files.flatMap(({ file, policies }) =>
      policies.map(({ line, namespace = null, name = null, faults }) => ({
        file,
        line,
        namespace,
        name,
        valid: faults.length === 0,
        faults: faults.map(({ path, line: at, message }) => ({ path, line: at, message })),
      })),
    ),
    skipped: files.flatMap(({ file, skipped }) => skipped.map((each) => ({ file, ...each }))),
    errors: files.flatMap(({ file, errors }) => errors.map((each) => ({ file, ...each }))),
  }
}
