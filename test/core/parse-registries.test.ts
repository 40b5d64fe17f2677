import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseRegistries } from '../../src/core/parse-registries.ts'
import { codeBlocks, textOf } from '../markdown.ts'

const usual = {
  prefix: '',
  api: undefined,
  mirrors: [],
  credentials: undefined,
  provider: undefined,
  proxy: undefined,
  tls: undefined,
  insecure: false,
  limits: undefined,
  defaultNamespace: undefined,
  head: true,
  pageSize: undefined,
  listing: undefined,
}

const entry = (text: string): string => `registries:\n- ${text.replaceAll('\n', '\n  ')}`

test('an entry in full', () => {
  const parsed = parseRegistries(
    entry(`host: R.example.com:5000
api: https://api.example.com/docker
mirrors: ["https://mirror.example.com", "http://[::1]:5000/hub"]
credentials: {username: robot, passwordFile: /secrets/password}
proxy: http://proxy.example.com:3128
noProxy: storage.example.com
proxyCredentials: {username: ann, passwordFile: proxy-password}
tls: {caFile: ca.crt, certFile: tls.crt, keyFile: tls.key}
limits: {atOnce: 2, perSecond: 0.5, burst: 3}
defaultNamespace: library
head: false
pageSize: 100
listing: harbor`),
  )
  assert.ok(parsed.ok)
  const [rule] = parsed.rules
  assert.deepEqual(
    { ...rule, credentials: { ...rule?.credentials } },
    {
      host: 'r.example.com:5000',
      prefix: '',
      api: 'https://api.example.com/docker',
      mirrors: ['https://mirror.example.com', 'http://[::1]:5000/hub'],
      credentials: { dockerConfigFile: undefined, username: 'robot', passwordFile: '/secrets/password' },
      provider: undefined,
      proxy: {
        url: 'http://proxy.example.com:3128',
        noProxy: 'storage.example.com',
        credentials: { username: 'ann', passwordFile: 'proxy-password' },
      },
      tls: { caFile: 'ca.crt', certFile: 'tls.crt', keyFile: 'tls.key' },
      insecure: false,
      limits: { atOnce: 2, perSecond: 0.5, burst: 3 },
      defaultNamespace: 'library',
      head: false,
      pageSize: 100,
      listing: 'harbor',
    },
  )
})

const hosts: readonly (readonly [written: string, host: string, prefix: string])[] = [
  ['ghcr.io', 'ghcr.io', ''],
  ['ghcr.io/acme/team', 'ghcr.io', 'acme/team'],
  ['localhost', 'localhost', ''],
  ['index.docker.io', 'docker.io', ''],
  ['registry-1.docker.io', 'docker.io', ''],
  ['docker.io/acme', 'docker.io', 'acme'],
  ['"[::1]:5000"', '[::1]:5000', ''],
]

for (const [written, host, prefix] of hosts)
  test(`host ${written}`, () => {
    const parsed = parseRegistries(entry(`host: ${written}`))
    assert.deepEqual(parsed, { ok: true, rules: [{ ...usual, host, prefix }] })
  })

test('no proxy at all', () => {
  const parsed = parseRegistries(entry('host: a.io\nproxy: none'))
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.rules[0]?.proxy, { url: undefined, noProxy: '', credentials: undefined })
})

for (const [name, content] of [
  ['nothing', ''],
  ['a comment', '# none yet\n'],
  ['no member', '{}'],
  ['an empty list', 'registries: []'],
] as const)
  test(`a file with ${name} has no rules`, () => assert.deepEqual(parseRegistries(content), { ok: true, rules: [] }))

const faults: readonly (readonly [name: string, content: string, ...expected: readonly string[]])[] = [
  ['no YAML', 'registries: [', ': is no YAML: look at line 1'],
  ['a text', 'yes please', ': must be an object, not a string'],
  ['another member', 'registry: []', '.registry: unknown field: known are registries'],
  [
    'no host',
    entry('head: true'),
    '.registries[0].host: is required: write which registry it is about, such as registry.example.com',
  ],
  [
    'a host with a scheme',
    entry('host: https://r.example.com'),
    '.registries[0].host: is no host: write for example registry.example.com, registry.example.com:5000 or ghcr.io/acme',
  ],
  [
    'a host that is a word',
    entry('host: registry'),
    '.registries[0].host: is no host: write for example registry.example.com, registry.example.com:5000 or ghcr.io/acme',
  ],
  [
    'a host with a tag',
    entry('host: ghcr.io/acme:1'),
    '.registries[0].host: is no host: write for example registry.example.com, registry.example.com:5000 or ghcr.io/acme',
  ],
  [
    'an address with a user',
    entry('host: a.io\napi: https://me:secret@a.io'),
    '.registries[0].api: is no address of a registry: write https://host[:port][/path], without user, query and /v2/',
  ],
  [
    'an address with what is below it',
    entry('host: a.io\napi: https://a.io/v2\nmirrors: [https://b.io/hub/v1, https://b.io/v2/hub]'),
    '.registries[0].api: is no address of a registry: write https://host[:port][/path], without user, query and /v2/',
    '.registries[0].mirrors[0]: is no address of a registry: write https://host[:port][/path], without user, query and /v2/',
  ],
  [
    'a mirror without a scheme',
    entry('host: a.io\nmirrors: [b.io]'),
    '.registries[0].mirrors[0]: is no address of a registry: write https://host[:port][/path], without user, query and /v2/',
  ],
  [
    'a password that stands there',
    entry('host: a.io\ncredentials: {username: a, password: b}'),
    '.registries[0].credentials.password: unknown field: known are dockerConfigFile, username, passwordFile',
    '.registries[0].credentials: username and passwordFile belong together: write both, or none',
  ],
  [
    'two ways for credentials',
    entry('host: a.io\ncredentials: {username: a, passwordFile: b, dockerConfigFile: c}'),
    '.registries[0].credentials: write dockerConfigFile, or username and passwordFile',
  ],
  [
    'half a client certificate',
    entry('host: a.io\ntls: {certFile: a}'),
    '.registries[0].tls: certFile and keyFile belong together: write both, or none',
  ],
  [
    'TLS over plain HTTP',
    entry('host: a.io\ninsecure: true\ntls: {caFile: a}'),
    '.registries[0].tls: is of no use over plain HTTP: take it out, or insecure',
  ],
  [
    'insecure beside an address',
    entry('host: a.io\ninsecure: true\napi: https://b.io'),
    '.registries[0].insecure: api says how to reach the registry: take insecure out, or write http:// in api',
  ],
  [
    'limits of a prefix',
    entry('host: a.io/team\nlimits: {burst: 1}'),
    '.registries[0].limits: is for a whole host: write it to an entry whose host has no path',
  ],
  [
    'a proxy of a prefix',
    entry('host: a.io/team\nproxy: none'),
    '.registries[0].proxy: is for a whole host: write it to an entry whose host has no path',
  ],
  ...['proxy.example.com:3128', 'socks5://p:1', 'http://ann:canary@p', 'http://p/path', 'direct'].map(
    (written) =>
      [
        `the proxy ${written}`,
        entry(`host: a.io\nproxy: ${written}`),
        '.registries[0].proxy: is no address of a proxy: write http://proxy.example.com:3128, or none; user and password go into proxyCredentials',
      ] as const,
  ),
  ...['noProxy: b.io', 'proxy: none\nnoProxy: b.io'].map(
    (written) =>
      [
        `nothing to make an exception of: ${written}`,
        entry(`host: a.io\n${written}`),
        '.registries[0].noProxy: is of no use without the address of a proxy: write it in proxy, or take this out',
      ] as const,
  ),
  [
    'credentials without a proxy',
    entry('host: a.io\nproxyCredentials: {username: ann, passwordFile: a}'),
    '.registries[0].proxyCredentials: is of no use without the address of a proxy: write it in proxy, or take this out',
  ],
  [
    'a password for a proxy that stands there',
    entry('host: a.io\nproxy: http://p\nproxyCredentials: {username: ann, password: canary}'),
    '.registries[0].proxyCredentials.passwordFile: is required: write the name of a file that holds the password for the proxy',
    '.registries[0].proxyCredentials.password: unknown field: known are username, passwordFile',
  ],
  [
    'limits out of range',
    entry('host: a.io\nlimits: {atOnce: 0, perSecond: -1, burst: 1.5}'),
    '.registries[0].limits.atOnce: must be a whole number from 1 to 100',
    '.registries[0].limits.perSecond: must be from 0 to 10000',
    '.registries[0].limits.burst: must be a whole number from 1 to 10000',
  ],
  [
    'a page size that is text',
    entry('host: a.io\npageSize: many'),
    '.registries[0].pageSize: must be a number, not a string',
  ],
  [
    'a cloud that nobody knows',
    entry('host: a.io\nprovider: ibm'),
    '.registries[0].provider: must be aws, gcp or azure',
  ],
  [
    'a cloud and credentials',
    entry('host: a.io\nprovider: aws\ncredentials: {dockerConfigFile: a.json}'),
    '.registries[0].provider: a cloud brings its own credentials: take credentials out, or provider',
  ],
  ...['insecure: true', 'api: http://b.io'].map(
    (way) =>
      [
        `a cloud over plain HTTP: ${way}`,
        entry(`host: a.io\nprovider: aws\n${way}`),
        '.registries[0].provider: credentials of a cloud are not sent over plain HTTP: take it out, or insecure, or write https:// in api',
      ] as const,
  ),
  ...['insecure: true', 'api: http://b.io'].map(
    (way) =>
      [
        `a cloud below a host over plain HTTP: ${way}`,
        `registries: [{host: a.io/team, provider: aws}, {host: a.io, ${way}}, {host: c.io/team, provider: aws}]`,
        '.registries[0].provider: credentials of a cloud are not sent over plain HTTP, as which the entry for a.io has it asked: take it out, or write https:// in api',
      ] as const,
  ),
  [
    'a namespace that is none',
    entry('host: a.io\ndefaultNamespace: A/b:1'),
    '.registries[0].defaultNamespace: is no namespace: write for example library',
  ],
  [
    'one host twice',
    'registries: [{host: docker.io}, {host: index.docker.io}]',
    '.registries: docker.io has two entries: write one for each host or prefix',
  ],
]

for (const [name, content, ...expected] of faults)
  test(`refused: ${name}`, () => {
    const parsed = parseRegistries(content)
    assert.ok(!parsed.ok)
    assert.deepEqual(
      parsed.faults.map(({ path, message }) => `${path}: ${message}`),
      expected,
    )
  })

test('below a host over plain HTTP a cloud needs an address of its own', () => {
  const rules = '{host: a.io, insecure: true}, {host: a.io/team, provider: aws, api: https://a.io}'
  assert.ok(parseRegistries(`registries: [${rules}]`).ok)
})

test('an alias that unfolds without end is refused', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefg'.split('').map((n, i) => `${n}: &${n} [${Array(10).fill(`*${'abcdef'[i]}`).join()}]`),
  ]
  for (const content of [bomb.join('\n'), 'registries: *nowhere'])
    assert.deepEqual(parseRegistries(content), {
      ok: false,
      faults: [
        {
          path: '',
          message: 'has aliases (*) that lead nowhere or unfold to very much: write out what they stand for',
        },
      ],
    })
})

test('the examples of the documents are some: as a file, and as values of the chart', async () => {
  const examples = codeBlocks(await textOf('docs/registries.md'), 'yaml').flatMap((text) => {
    const { registries } = parse(text) as { registries?: unknown }
    return registries === undefined ? [] : [JSON.stringify({ registries })]
  })
  assert.ok(examples.length > 1)
  for (const example of examples) assert.ok(parseRegistries(example).ok, example)
})
