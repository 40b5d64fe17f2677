import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { folder, invoke, policyText } from './invoke.ts'

const files = folder('loaded-modules')
after(() => files.remove())

/** Told to Node as a module to load before all others: at the end it tells, on standard error, what was loaded. */
const preload = `
  import { registerHooks } from 'node:module'
  const loaded = new Set()
  registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) })
  process.on('exit', () => process.stderr.write([...loaded].join('\\n')))
`

async function loadedBy(...args: readonly string[]): Promise<string> {
  const node = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`]
  return (await invoke(args, { node, input: '1.0.0' })).err
}

describe('of the modules that the operator needs', () => {
  const heavy = ['/@kubernetes/', '/@dot-i/', '/prom-client/', '/undici/', '/pino/', '/src/operator.ts']
  /** Of which not even the operator needs any before the first repository or key. */
  const heavier = ['/isomorphic-git/', '/ssh2/', '/openpgp/']
  const commands: readonly (readonly [string, (policy: string) => readonly string[], string])[] = [
    ['evaluate --tags', (policy) => ['evaluate', '-f', policy, '--tags', '-'], '/src/core/choosing/evaluate.ts'],
    [
      'preview',
      (policy) => ['preview', '-f', policy, '--application', '-', '--directory', '.', '--tag', '1.5.0'],
      '/src/writeback/targets/helm-values.ts',
    ],
    ['validate', (policy) => ['validate', '-f', policy], '/src/core/parse-policy/parse-policy.ts'],
    ['--help', () => ['--help'], '/src/main.ts'],
  ]
  for (const [name, args, needed] of commands)
    test(`${name} loads none`, async () => {
      const loaded = await loadedBy(...args(await files.write('policy.json', policyText())))
      assert.ok(loaded.includes(needed), loaded)
      assert.deepEqual(
        [...heavy, ...heavier].filter((path) => loaded.includes(path)),
        [],
      )
    })

  test('run loads them, they would be seen: but those for git only with the first repository', async () => {
    const loaded = await loadedBy('run', '--kubeconfig=/nowhere/config')
    assert.deepEqual(
      [...heavy, ...heavier].filter((path) => loaded.includes(path)),
      heavy,
    )
  })
})
