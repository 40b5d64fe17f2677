import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { convertRegistries } from '../../../src/core/migrate/convert-registries.ts'
import type { PeerRegistry } from '../../../src/core/migrate/parse-registries-conf.ts'
import { parseRegistries } from '../../../src/core/parse-registries.ts'

const peer = (more: Partial<PeerRegistry> = {}): PeerRegistry => ({
  name: 'R',
  api_url: 'https://r.io',
  prefix: 'r.io',
  ...more,
})

const rows: readonly (readonly [
  name: string,
  given: Partial<PeerRegistry>,
  entry: object | undefined,
  ...notes: readonly string[],
])[] = [
  ['the least', {}, { host: 'r.io' }],
  [
    'without a prefix the address says',
    { prefix: undefined, api_url: 'https://r.io:8443/' },
    { host: 'r.io:8443' },
    'prefix',
  ],
  [
    'Docker Hub',
    { api_url: 'https://registry-1.docker.io', prefix: 'docker.io', defaultns: 'library', default: true, ping: true },
    { host: 'docker.io' },
  ],
  ['Docker Hub by its address', { api_url: 'https://registry-1.docker.io', prefix: undefined }, { host: 'docker.io' }],
  [
    'an API elsewhere',
    { api_url: 'https://nexus.io/repository/docker/' },
    { host: 'r.io', api: 'https://nexus.io/repository/docker' },
  ],
  ['plain HTTP', { api_url: 'http://r.io' }, { host: 'r.io', insecure: true }],
  ['plain HTTP elsewhere', { api_url: 'http://n.io:5000' }, { host: 'r.io', api: 'http://n.io:5000' }],
  [
    'a path, and its host over plain HTTP',
    { prefix: 'r.io/team', api_url: 'http://r.io' },
    { host: 'r.io/team', api: 'http://r.io' },
  ],
  ['a limit', { limit: 5 }, { host: 'r.io', limits: { perSecond: 5 } }],
  ['no limit', { limit: 0 }, { host: 'r.io' }],
  ['a limit of a path', { prefix: 'r.io/team/', limit: 5 }, { host: 'r.io/team' }, 'limit'],
  ['a namespace', { defaultns: 'library' }, { host: 'r.io', defaultNamespace: 'library' }],
  ['an authority in a file', { ca_file: '/ca.crt' }, { host: 'r.io', tls: { caFile: '/ca.crt' } }, 'ca_file'],
  ['an authority as text', { ca_data: 'PEM' }, { host: 'r.io' }, 'ca_data'],
  ['unverified certificates', { insecure: true }, { host: 'r.io' }, 'insecure'],
  [
    'what is not needed here',
    { credsexpire: '1h', tagsortmode: 'latest-last' },
    { host: 'r.io' },
    'tagsortmode',
    'credsexpire',
  ],
  ['images without a registry', { default: true }, { host: 'r.io' }, 'default'],
  [
    'credentials',
    { credentials: 'pullsecret:a/b' },
    { host: 'r.io', credentials: { dockerConfigFile: '/secrets/a-b/.dockerconfigjson' } },
    'credentials',
  ],
  [
    'a cloud over plain HTTP',
    { prefix: 'a.azurecr.io', api_url: 'http://a.azurecr.io', credentials: 'ext:/a' },
    undefined,
    'credentials',
    '',
  ],
  ['no address', { api_url: 'r.io' }, undefined, 'api_url'],
  ['a prefix that is no host', { prefix: 'team' }, undefined, ''],
]

for (const [name, given, entry, ...notes] of rows)
  test(`an entry: ${name}`, () => {
    const converted = convertRegistries([peer(given)])
    assert.deepEqual(converted.registries, entry === undefined ? [] : [entry])
    assert.deepEqual(
      converted.notes.map(({ field }) => field),
      notes,
    )
  })

test('two entries for one host: the first is kept, and the other told', () => {
  const { registries, notes } = convertRegistries([peer(), peer({ name: 'again', limit: 1 })])
  assert.deepEqual(registries, [{ host: 'r.io' }])
  assert.deepEqual(notes, [
    { registry: 'again', field: '', message: 'is left out: r.io has two entries: write one for each host or prefix' },
  ])
})

test('an entry without a prefix, which served whatever no other did, is for its own host alone', () => {
  const { notes } = convertRegistries([peer({ prefix: '', api_url: 'https://r.io/docker' })])
  assert.deepEqual(notes, [
    {
      registry: 'R',
      field: 'prefix',
      message:
        'there is none, so that it served every image whose registry has no entry of its own; here it is for r.io alone: write an entry for each other host that it is to serve',
    },
  ])
})

test('an entry for a path was never used beside one for its host, and is now', () => {
  const paths = ['r.io/team', 'q.io/team', 'docker.io/team'].map((prefix) => peer({ name: prefix, prefix }))
  const hosts = [peer(), peer({ name: 'Hub', prefix: 'docker.io', api_url: 'https://registry-1.docker.io' })]
  const { notes } = convertRegistries([...paths, ...hosts])
  assert.deepEqual(
    notes.filter(({ field }) => field === 'prefix'),
    ['r.io', 'docker.io'].map((host) => ({
      registry: `${host}/team`,
      field: 'prefix',
      message: `was never used, for the entry of ${host} came first; here it counts for everything below it`,
    })),
  )
})

test('the text has the old names as comments, in one line each', () => {
  const { text } = convertRegistries([peer({ name: 'Hub\n- host: evil.io' }), peer({ prefix: 'q.io', limit: 2 })])
  assert.equal(
    text,
    `registries:
  # Hub - host: evil.io
  - host: r.io
  # R
  - host: q.io
    api: https://r.io
    limits:
      perSecond: 2`,
  )
})

const anything: fc.Arbitrary<PeerRegistry> = fc.record(
  {
    name: fc.string(),
    api_url: fc.oneof(fc.webUrl(), fc.string()),
    prefix: fc.oneof(fc.domain(), fc.string()),
    credentials: fc.oneof(fc.constantFrom('ext:/a', 'pullsecret:a/b', 'secret:a/b#c', 'env:A'), fc.string()),
    insecure: fc.boolean(),
    ca_file: fc.string(),
    defaultns: fc.string(),
    limit: fc.double({ min: 0, noNaN: true }),
    default: fc.boolean(),
  },
  { requiredKeys: ['name', 'api_url'] },
)

test('whatever it is made of, the file has no fault, and what is left out is told', () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 4 }), (peers) => {
      const { registries, text, notes } = convertRegistries(peers)
      const read = parseRegistries(text)
      assert.ok(read.ok, JSON.stringify(read))
      assert.equal(read.rules.length, registries.length)
      const leftOut = notes.filter(({ field, message }) => field === '' || message.endsWith('the entry is left out'))
      assert.equal(registries.length + leftOut.length, peers.length)
    }),
  )
})
