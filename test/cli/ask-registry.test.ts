import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { EvaluationReport } from '../../src/cli/verdict.ts'
import { startConnectProxy } from '../servers/connect-proxy.ts'
import { pushImage } from '../servers/image.ts'
import { startRegistry, type Registry } from '../servers/registry.ts'
import { folder, invoke, policyText } from './invoke.ts'

const files = folder('ask-registry')
const login = { username: 'reader', password: 'pass:word' }
const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64')
const digests = new Map<string, string>()
let open: Registry
let guarded: Registry

before(async () => {
  ;[open, guarded] = await Promise.all([startRegistry(), startRegistry({ auth: login, token: true })])
  const builds = { '1.4.2': 1, '1.5.0': 3, main: 2 }
  for (const [tag, day] of Object.entries(builds)) {
    const { digest } = await pushImage(open, 'acme/web', tag, { created: new Date(Date.UTC(2025, 0, day)) })
    digests.set(tag, digest)
  }
  await pushImage(guarded, 'acme/web', '1.5.0')
})

after(async () => {
  await Promise.all([open.stop(), guarded.stop()])
  await files.remove()
})

async function evaluate(registry: Registry, spec: Partial<ImageUpdatePolicySpec>, call: Asked = {}) {
  const image = `${registry.host}/acme/web`
  const policy = await files.write('policy.json', policyText({ image, registry: { insecure: true }, ...spec }))
  const { args = [], environment = {} } = call
  return await invoke(['evaluate', '-f', policy, '-o', 'json', ...args], { environment })
}

interface Asked {
  readonly args?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A folder with a docker configuration. */
async function dockerConfig(name: string, config: object | string): Promise<string> {
  await mkdir(join(files.path, name), { recursive: true })
  await files.write(join(name, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  return join(files.path, name)
}

describe('evaluate asks the registry', () => {
  interface Row {
    readonly name: string
    readonly spec: Partial<ImageUpdatePolicySpec>
    readonly args?: readonly string[]
    readonly expected: (report: EvaluationReport) => readonly unknown[]
    readonly is: () => readonly unknown[]
  }
  const summary = ({ kind, chosen }: EvaluationReport) => [kind, chosen?.tag, chosen?.digest]
  const rows: readonly Row[] = [
    {
      name: 'for its tags',
      spec: {},
      expected: (report) => [...summary(report), report.tags.map(({ tag }) => tag)],
      is: () => ['update', '1.5.0', null, ['main']],
    },
    {
      name: 'for the digest of the choice, where digests are written',
      spec: { writeBack: { digest: 'withTag' } },
      args: ['--current', '1.5.0'],
      expected: summary,
      is: () => ['update', '1.5.0', digests.get('1.5.0')],
    },
    {
      name: 'for creation times',
      spec: { strategy: 'latest', constraints: { ignoreTags: ['1.5.0'] } },
      args: ['--current', '1.5.0'],
      expected: ({ kind, pending }) => [kind, pending?.tag, pending?.heldBy],
      is: () => ['held', 'main', [{ gate: 'Downgrade' }]],
    },
    {
      name: 'for the creation time of what is there, though it is left out',
      spec: { strategy: 'latest', constraints: { ignoreTags: ['1.4.2'] } },
      args: ['--current', '1.4.2'],
      expected: summary,
      is: () => ['update', '1.5.0', digests.get('1.5.0')],
    },
    {
      name: 'for one digest',
      spec: { strategy: 'digest', constraints: { tag: 'main' } },
      expected: (report) => [...summary(report), report.evaluation.tags],
      is: () => ['update', 'main', digests.get('main'), 1],
    },
    {
      name: 'for a tag that is not there',
      spec: { strategy: 'digest', constraints: { tag: 'edge' } },
      expected: (report) => [...summary(report), report.evaluation.note],
      is: () => ['noMatch', undefined, undefined, 'the repository has no tag edge'],
    },
  ]
  for (const { name, spec, args = [], expected, is } of rows)
    test(name, async () => {
      const { status, out, err } = await evaluate(open, spec, { args })
      assert.deepEqual([status, err], [0, ''])
      assert.deepEqual(expected(JSON.parse(out) as EvaluationReport), is())
    })

  test('and says by its reason why there is no answer', async () => {
    const { status, out, err } = await evaluate(open, { image: `${open.host}/acme/none` })
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /^RepositoryNotFound: [^\n]+\n$/)
  })
})

describe('evaluate takes credentials', () => {
  test('from DOCKER_CONFIG', async () => {
    const folderPath = await dockerConfig('given', { auths: { [guarded.host]: { auth } } })
    const { status, err } = await evaluate(guarded, {}, { environment: { DOCKER_CONFIG: folderPath } })
    assert.deepEqual([status, err], [0, ''])
  })

  test('from the home folder, those with the longest path', async () => {
    const wrong = Buffer.from('reader:wrong').toString('base64')
    const auths = { [guarded.host]: { auth: wrong }, [`https://${guarded.host}/acme`]: { auth } }
    await dockerConfig('home/.docker', { auths })
    const { status, err } = await evaluate(guarded, {}, { environment: { HOME: join(files.path, 'home') } })
    assert.deepEqual([status, err], [0, ''])
  })

  const refusals: readonly (readonly [string, () => object | string, RegExp])[] = [
    ['there are none', () => ({ auths: {} }), /RegistryAuthFailed: .*what the local docker configuration has in auths/],
    [
      'they are wrong',
      () => ({ auths: { [guarded.host]: { username: 'reader', password: 'hunter2' } } }),
      /refuses the credentials/,
    ],
    ['the file is broken', () => '{', /config\.json: is no docker configuration in JSON/],
    [
      'a helper has them',
      () => ({ credHelpers: { [guarded.host]: 'secretservice' } }),
      /helper program \(credHelpers\), which is not asked; .*--tags/,
    ],
    [
      'a store has them',
      () => ({ credsStore: 'desktop', auths: { [guarded.host]: {} } }),
      /helper program \(credsStore\), which is not asked; .*DOCKER_CONFIG/,
    ],
    [
      'they are a token',
      () => ({ auths: { [guarded.host]: { identitytoken: 'hunter 2' } } }),
      /holds a token with characters that no token has/,
    ],
  ]
  for (const [name, config, sentence] of refusals)
    test(`and says so when ${name}, in one line without secrets`, async () => {
      const folderPath = await dockerConfig('refused', config())
      const { status, out, err } = await evaluate(guarded, {}, { environment: { DOCKER_CONFIG: folderPath } })
      assert.deepEqual([status, out, err.trimEnd().split('\n').length], [1, '', 1], err)
      assert.match(err, sentence)
      assert.doesNotMatch(err, /hunter2/)
    })

  test('and goes without where a helper has them and the registry asks for none', async () => {
    const folderPath = await dockerConfig('store', { credsStore: 'desktop', auths: { [open.host]: {} } })
    const { status, err } = await evaluate(open, {}, { environment: { DOCKER_CONFIG: folderPath } })
    assert.equal(status, 0)
    assert.match(err, /^[^\n]*credsStore[^\n]*\n$/)
  })
})

describe('evaluate asks by a proxy', () => {
  const elsewhere = { image: 'registry.example.com/acme/web' }

  test('that the environment names', async (t) => {
    const proxy = await startConnectProxy({ port: Number(open.host.split(':')[1]) })
    t.after(() => proxy.stop())
    const { status, out } = await evaluate(open, elsewhere, { environment: { HTTP_PROXY: proxy.url } })
    assert.equal(status, 0)
    assert.equal((JSON.parse(out) as EvaluationReport).chosen?.tag, '1.5.0')
    assert.equal(proxy.tunnels()[0]?.target, 'registry.example.com:80')
  })

  test('and says what is wrong with its address, without it', async () => {
    const { status, err } = await evaluate(open, elsewhere, { environment: { HTTPS_PROXY: 'socks5://ann:canary@p' } })
    assert.equal(status, 1)
    assert.match(err, /HTTPS_PROXY: is no address of a proxy: write for example/)
    assert.ok(!err.includes('canary'))
  })
})
