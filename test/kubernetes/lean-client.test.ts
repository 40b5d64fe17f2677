import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../markdown.ts'

/** What a process of its own prints, as JSON: what is loaded here already can't be left out any more. */
async function printed(script: string): Promise<unknown> {
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 })
  return JSON.parse(stdout)
}

const names = `console.log(JSON.stringify(Object.keys(await import('@kubernetes/client-node'))))`
const lean = `(await import('./src/kubernetes/lean-client.ts')).leaveOutGeneratedClients();`

test('of the client only generated types are left out; every other name is there', async () => {
  const [whole, left] = (await Promise.all([printed(names), printed(lean + names)])) as [string[], string[]]
  assert.ok(left.length > 60 && left.length < 250, `${left.length} of ${whole.length} names are left`)
  for (const name of ['KubeConfig', 'CoreV1Api', 'RequestContext', 'HttpMethod', 'loadYaml'])
    assert.ok(left.includes(name), name)
  const apis = (all: readonly string[]): readonly string[] => all.filter((name) => /(?<!Base)Api$/.test(name))
  assert.deepEqual(apis(left), apis(whole))
  assert.deepEqual(
    left.filter((name) => /^V1(Pod|Secret|Deployment)$/.test(name)),
    [],
  )
})

test('what is left makes an operator and reaches its cluster as before', async () => {
  const script = `
    const { HardenedOperator } = await import('./src/kubernetes/hardened-operator.ts')
    const { PooledKubeConfig } = await import('./src/kubernetes/pooled-kube-config.ts')
    const kubeConfig = new PooledKubeConfig()
    kubeConfig.loadFromClusterAndUser({ name: 'there', server: 'https://there.example' }, { name: 'me', token: 'mine' })
    class Made extends HardenedOperator { async init() {} }
    const made = new Made({ kubeConfig, client: undefined, log: undefined })
    const { server, headers } = await kubeConfig.access('calls')
    await kubeConfig.close()
    console.log(JSON.stringify({ server, headers, same: made.kubeConfig === kubeConfig }))
  `
  assert.deepEqual(await printed(lean + script), {
    server: 'https://there.example',
    headers: { Authorization: 'Bearer mine' },
    same: true,
  })
})
