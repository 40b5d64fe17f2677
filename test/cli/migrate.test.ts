import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseRegistries } from '../../src/core/parse-registries.ts'
import { folder, invoke } from './invoke.ts'

const files = folder('migrate')
after(() => files.remove())

const conf = `registries:
- name: Docker Hub
  prefix: docker.io
  api_url: https://registry-1.docker.io
  credentials: pullsecret:argocd/hub
  default: true
- name: Local
  api_url: https://r.example.com
  insecure: yes
`

test('the registries file is on standard output, the report on standard error', async () => {
  const { status, out, err } = await invoke([
    'migrate',
    '--registries-conf',
    await files.write('registries.conf', conf),
  ])
  assert.equal(status, 0)
  const parsed = parseRegistries(out)
  assert.ok(parsed.ok)
  assert.deepEqual(
    parsed.rules.map(({ host }) => host),
    ['docker.io', 'r.example.com'],
  )
  assert.match(
    err,
    /^Docker Hub: credentials: mount Secret hub .*\nLocal: prefix: there is none, .*\nLocal: insecure: certificates are verified always: .*\n$/,
  )
})

test('as JSON, from the ConfigMap on standard input', async () => {
  const map = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { 'registries.conf': conf } })
  const { status, out, err } = await invoke(['migrate', '--registries-conf', '-', '-o', 'json'], { input: map })
  assert.deepEqual([status, err], [0, ''])
  const report = JSON.parse(out) as { registries: { host: string }[]; notes: { registry: string; field: string }[] }
  assert.equal(report.registries[1]?.host, 'r.example.com')
  assert.deepEqual(
    report.notes.map(({ registry, field }) => `${registry} ${field}`),
    ['Docker Hub credentials', 'Local prefix', 'Local insecure'],
  )
})

test('a file with faults: all are told, and there is no output', async () => {
  const { status, out, err } = await invoke(['migrate', '--registries-conf', '-'], {
    input: 'registries: [{name: a}, 1]',
  })
  assert.deepEqual([status, out], [1, ''])
  assert.equal(
    err,
    'standard input: registries[0].api_url is required: write where the registry is\nstandard input: registries[1] must be an object, not a number\n',
  )
})

for (const [args, message] of [
  [[], /^--registries-conf is required/],
  [['--registries-conf', '/nowhere/file'], /there is no such file/],
  [['--registries-conf', '-', '-o', 'xml'], /none of yaml, json/],
] as const)
  test(`used wrongly: ${args.join(' ')}`, async () => {
    const { status, out, err } = await invoke(['migrate', ...args])
    assert.deepEqual([status, out], [2, ''])
    assert.match(err, message)
  })
