/** An option as a shell completes it. */
export interface CompletedOption {
  readonly name: string
  readonly short?: string
  readonly help: string
  /** Whether a value follows. */
  readonly takesValue: boolean
  /** The only values that are taken; absent: any, such as files. */
  readonly among?: readonly string[]
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string
  readonly about: string
  readonly options: readonly CompletedOption[]
  /** Words that may follow without an option. */
  readonly words?: readonly string[]
}

type Script = (program: string, commands: readonly CompletedCommand[]) => string

// `--output=json` comes in three words, for bash breaks words at `=`.
const bash: Script = (program, commands) => `# bash completion of ${program}
${functionName(program)}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words=
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')} --help --version'
  else
    case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(valueCases).join('\n')}
      *)
        case "\${COMP_WORDS[1]} $word" in
${commands.map(wordCase).join('\n')}
        esac
        ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F ${functionName(program)} ${program}`

/** zsh reads bash's completions. */
const zsh: Script = (program, commands) => `#compdef ${program}
autoload -U +X bashcompinit && bashcompinit
${bash(program, commands)}`

const fish: Script = (program, commands) =>
  [
    `# fish completion of ${program}`,
    `complete -c ${program} -n __fish_use_subcommand -x -l help -d 'what there is'`,
    `complete -c ${program} -n __fish_use_subcommand -x -l version -d 'the version'`,
    ...commands.flatMap((command) => fishLines(program, command)),
  ].join('\n')

/** The scripts by shell. */
export const completionScripts = { bash, zsh, fish } as const satisfies Readonly<Record<string, Script>>

function functionName(program: string): string {
  return `_${program.replaceAll('-', '_')}`
}

function namesOf({ name, short }: CompletedOption): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`]
}

/** What follows an option that takes a value: one of a few words, or anything, and then files are offered. */
function valueCases({ name, options }: CompletedCommand): readonly string[] {
  const wordsOf = ({ among = [] }: CompletedOption) => among.join(' ')
  const valued = options.filter(({ takesValue }) => takesValue)
  return [...new Set(valued.map(wordsOf))].map((words) => {
    const same = valued.filter((option) => wordsOf(option) === words).flatMap(namesOf)
    return `      ${same.map((each) => `'${name} ${each}'`).join(' | ')}) words='${words}' ;;`
  })
}

function wordCase({ name, options, words = [] }: CompletedCommand): string {
  const names = [...options.map((option) => `--${option.name}`), '--help'].join(' ')
  const free = words.length === 0 ? '' : `\n          '${name} '*) words='${words.join(' ')}' ;;`
  return `          '${name} -'*) words='${names}' ;;${free}`
}

function fishLines(program: string, { name, about, options, words }: CompletedCommand): readonly string[] {
  const within = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`
  return [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
    ...(words === undefined ? [] : [`${within} -f -a '${words.join(' ')}'`]),
    ...options.map(({ name: option, short, help, takesValue, among }) => {
      const values = among === undefined ? (takesValue ? ' -r' : '') : ` -x -a '${among.join(' ')}'`
      return `${within}${short === undefined ? '' : ` -s ${short}`} -l ${option}${values} -d ${quoted(help)}`
    }),
    `${within} -s h -l help -d 'options and examples'`,
  ]
}

/** In fish, a backslash before a quote makes it ordinary. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
