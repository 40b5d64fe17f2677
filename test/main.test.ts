import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { usage } from '../src/config.ts'
import { codeIn, root, tableRows, textOf } from './markdown.ts'

/** Runs the command as a person does, without anything of this process's environment. */
function command(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/main.ts', ...args], {
    cwd: root,
    env: { HOME: '/nowhere', KUBECONFIG: '/nowhere/config' },
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, stdout, stderr }
}

describe('the command line', () => {
  test('tells its version', async () => {
    const { version } = JSON.parse(await textOf('package.json')) as { version: string }
    assert.deepEqual(command('--version'), { status: 0, stdout: `${version}\n`, stderr: '' })
  })

  for (const args of [
    ['run', '--help'],
    ['run', '--interval=never', '--help'],
  ])
    test(`helps who asks: ${args.join(' ')}`, () => {
      assert.deepEqual(command(...args), { status: 0, stdout: `${usage}\n`, stderr: '' })
    })

  test('names every command to who asks for help', async () => {
    const { status, stdout, stderr } = command('--help')
    assert.deepEqual([status, stderr], [0, ''])
    const named = [...stdout.matchAll(/^ {2}(\w+) {2,}\w/gm)].map(([, name]) => name)
    const [documented] = [tableRows(await textOf('docs/cli.md'), 'Command line').slice(0, named.length)]
    assert.deepEqual(
      named,
      documented.flatMap(([name = '']) => codeIn(name)),
    )
  })

  test('helps who says nothing, but that is no success', () => {
    assert.deepEqual(command(), { status: 2, stdout: '', stderr: command('--help').stdout })
  })

  for (const name of ['start', 'constructor'])
    test(`knows no command ${name}`, () => {
      const stderr = `${name} is no command; there are: run, evaluate, validate, preview, migrate, completion\n`
      assert.deepEqual(command(name), { status: 2, stdout: '', stderr })
    })

  test('tells all faults of the flags at once, a line each', () => {
    const { status, stdout, stderr } = command('run', '--interval=never', '--concurrency=0', '--nonsense')
    assert.deepEqual([status, stdout, stderr.trimEnd().split('\n').length], [2, '', 3])
  })

  for (const args of [['--kubeconfig=/nowhere/other'], []])
    test(`tells in one sentence why it can't begin: ${args.join(' ') || 'a kubeconfig that is not there'}`, () => {
      const { status, stdout, stderr } = command('run', ...args)
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, /^[^\n]*kubeconfig[^\n]*\n$/)
    })
})
