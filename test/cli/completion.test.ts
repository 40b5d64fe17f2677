import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { invoke } from './invoke.ts'

const run = promisify(execFile)

/** What bash would offer for the last of these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out } = await invoke(['completion', 'bash'])
  const script = `${out}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_image_update_operator
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', 'image-update-operator', ...words])
  return stdout.split('\n').filter((line) => line !== '')
}

const rows: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [[''], ['run', 'evaluate', 'validate', 'preview', 'migrate', 'completion', '--help', '--version']],
  [['ev'], ['evaluate']],
  [
    ['evaluate', '--'],
    ['--file', '--tags', '--current', '--now', '--output', '--help'],
  ],
  [['evaluate', '--t'], ['--tags']],
  [
    ['evaluate', '-o', ''],
    ['table', 'json', 'yaml'],
  ],
  [['evaluate', '--output', 'j'], ['json']],
  [['evaluate', '--output', '=', 'y'], ['yaml']],
  [
    ['evaluate', '--output', '='],
    ['table', 'json', 'yaml'],
  ],
  [['evaluate', '-f', 'po'], []],
  [['validate', '-f', 'a.yaml', '-o', 't'], ['table']],
  [['preview', '--exit'], ['--exit-code']],
  [
    ['preview', '--exit-code', '--ta'],
    ['--tag', '--tags'],
  ],
  [
    ['preview', '-o', ''],
    ['diff', 'json'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [
    ['run', '--log-'],
    ['--log-level', '--log-format'],
  ],
  [['run', '--allow-cross-namespace', '--inter'], ['--interval']],
  [
    ['run', '--log-level', ''],
    ['debug', 'info', 'warn', 'error'],
  ],
  [['run', '--log-format', 'j'], ['json']],
  [['migrate', '--reg'], ['--registries-conf']],
  [['nothing', ''], []],
]

describe('bash offers, of image-update-operator', () => {
  for (const [words, wanted] of rows)
    test(`${words.join(' ')}: ${wanted.join(' ') || 'files'}`, async () =>
      assert.deepEqual(await offered(...words), wanted))
})

test('zsh is given bash’s, and fish a line for each command, option and closed list of words', async () => {
  const [bash, zsh, fish] = await Promise.all(['bash', 'zsh', 'fish'].map((shell) => invoke(['completion', shell])))
  assert.ok(zsh?.out.endsWith(bash?.out ?? '?'))
  assert.match(zsh?.out ?? '', /^#compdef image-update-operator\n/)
  const lines = fish?.out.split('\n') ?? []
  for (const line of [
    "complete -c image-update-operator -n __fish_use_subcommand -f -a run -d 'the operator'",
    "complete -c image-update-operator -n '__fish_seen_subcommand_from run' -l argocd-namespace -r -d 'where Argo CD\\'s Secrets and AppProjects are'",
    "complete -c image-update-operator -n '__fish_seen_subcommand_from validate' -s o -l output -x -a 'table json yaml' -d 'table, json, yaml (table)'",
    "complete -c image-update-operator -n '__fish_seen_subcommand_from preview' -l exit-code -d 'end with 1 when something would be written'",
    "complete -c image-update-operator -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'",
  ])
    assert.ok(lines.includes(line), line)
})

for (const args of [[], ['tcsh'], ['bash', 'zsh']])
  test(`completion ${args.join(' ')} says which shells there are`, async () =>
    assert.deepEqual(await invoke(['completion', ...args]), {
      status: 2,
      out: '',
      err: 'write one shell: bash, zsh, fish\n',
    }))

test('completion --help says how to use it', async () => {
  const { status, out } = await invoke(['completion', '--help'])
  assert.equal(status, 0)
  assert.match(out, /source <\(image-update-operator completion bash\)/)
})
