import { flags } from '../config.ts'
import type { Command } from './command.ts'
import { completionScripts, type CompletedCommand, type CompletedOption } from './completion-scripts.ts'
import { manual as evaluate } from './evaluate.ts'
import { manual as migrate } from './migrate.ts'
import { helpOf, type Manual } from './options.ts'
import { manual as preview } from './preview.ts'
import { manual as validate } from './validate.ts'

type Shell = keyof typeof completionScripts

const shells = Object.keys(completionScripts) as readonly Shell[]

/** What `completion --help` says. */
const manual: Manual = {
  command: 'completion',
  usage: `completion ${shells.join('|')}`,
  about:
    'Prints a script by which the shell completes commands, options and their values. Ends with 2 when it is used wrongly.',
  options: {},
  examples: [
    'source <(image-update-operator completion bash)',
    'image-update-operator completion zsh > "${fpath[1]}/_image-update-operator"',
    'image-update-operator completion fish > ~/.config/fish/completions/image-update-operator.fish',
  ],
}

/** See {@link manual}. */
export const completion: Command = async (args, { commands }) => {
  if (args.includes('--help') || args.includes('-h')) return { status: 0, out: helpOf(manual) }
  const shell = shells.find((each) => args.length === 1 && each === args[0])
  if (shell === undefined) return { status: 2, err: `write one shell: ${shells.join(', ')}` }
  const completed = Object.entries(commands).map(([name, about]) => ({ name, about, ...completedBy[name] }))
  return {
    status: 0,
    out: completionScripts[shell](
      'image-update-operator',
      completed.map((command) => ({ options: [], ...command })),
    ),
  }
}

const completedBy: Readonly<Record<string, Pick<CompletedCommand, 'options' | 'words'>>> = {
  run: {
    options: Object.entries(flags).map(([name, { type, help, ...rest }]) => ({
      name,
      help,
      takesValue: type === 'string',
      ...('among' in rest && { among: rest.among }),
    })),
  },
  evaluate: { options: optionsOf(evaluate) },
  validate: { options: optionsOf(validate) },
  preview: { options: optionsOf(preview) },
  migrate: { options: optionsOf(migrate) },
  completion: { options: [], words: shells },
}

function optionsOf({ options }: Manual): readonly CompletedOption[] {
  return Object.entries(options).map(([name, { short, value, help, among }]) => ({
    name,
    help,
    takesValue: value !== undefined,
    ...(short === undefined ? {} : { short }),
    ...(among === undefined ? {} : { among }),
  }))
}
