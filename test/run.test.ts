import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './markdown.ts'

interface Ended {
  readonly status: number | string | undefined
  readonly stderr: string
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['src/main.ts', 'run', ...args],
      { cwd: root, timeout: 20_000, killSignal: 'SIGKILL' },
      (error, _, stderr) => resolve({ status: error === null ? 0 : (error.code ?? undefined), stderr }),
    ),
  )
}

for (const [busy, free] of [
  ['metrics', 'health'],
  ['health', 'metrics'],
] as const)
  test(`an address that somebody else listens on ends it: --${busy}-address`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'run-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const occupied = createServer()
    await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve))
    t.after(() => occupied.close())
    const { port } = occupied.address() as AddressInfo
    const kubeconfig = join(folder, 'kubeconfig')
    const cluster = { name: 'none', cluster: { server: 'https://127.0.0.1:9' } }
    const context = { name: 'none', context: { cluster: 'none', user: 'none' } }
    const config = { clusters: [cluster], contexts: [context], users: [{ name: 'none', user: {} }] }
    await writeFile(kubeconfig, JSON.stringify({ ...config, 'current-context': 'none' }))
    const { status, stderr } = await run(
      `--kubeconfig=${kubeconfig}`,
      `--cache-dir=${folder}`,
      `--${busy}-address=127.0.0.1:${port}`,
      `--${free}-address=127.0.0.1:0`,
    )
    assert.equal(status, 1, stderr)
    assert.match(stderr, new RegExp(`^--${busy}-address: 127\\.0\\.0\\.1:${port}: another program listens there$`, 'm'))
  })
