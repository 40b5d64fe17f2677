import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatReference,
  lastSegment,
  parseReference,
  parseRepository,
  sameRepository,
} from '../../src/core/reference.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const hub = 'docker.io'

interface Expected {
  readonly registry: string
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
}

const nginx = { registry: hub, repository: 'library/nginx' }
const references: readonly (readonly [written: string, expected: Expected])[] = [
  ['nginx', nginx],
  ['library/nginx', nginx],
  ['docker.io/nginx', nginx],
  ['docker.io/library/nginx', nginx],
  ['index.docker.io/library/nginx', nginx],
  ['Docker.IO/nginx', nginx],
  ['docker.io/library/nginx:1.20', { ...nginx, tag: '1.20' }],
  ['x/bar:1', { registry: hub, repository: 'x/bar', tag: '1' }],
  ['docker.io/x/bar:1', { registry: hub, repository: 'x/bar', tag: '1' }],
  ['index.docker.io/foo/bar', { registry: hub, repository: 'foo/bar' }],
  ['bitnami/nginx:1.0', { registry: hub, repository: 'bitnami/nginx', tag: '1.0' }],
  ['jannfis/test-image:0.1', { registry: hub, repository: 'jannfis/test-image', tag: '0.1' }],
  ['docker.io/jannfis/test-image:0.1', { registry: hub, repository: 'jannfis/test-image', tag: '0.1' }],
  ['localhost/app', { registry: 'localhost', repository: 'app' }],
  ['localhost:5000/app', { registry: 'localhost:5000', repository: 'app' }],
  ['registry:5000/app', { registry: 'registry:5000', repository: 'app' }],
  ['registry:5000/app:1', { registry: 'registry:5000', repository: 'app', tag: '1' }],
  ['registry:5000/app@' + digest, { registry: 'registry:5000', repository: 'app', digest }],
  ['[::1]:5000/app', { registry: '[::1]:5000', repository: 'app' }],
  ['[::1]/app:1', { registry: '[::1]', repository: 'app', tag: '1' }],
  ['harbor.example.com/library/app', { registry: 'harbor.example.com', repository: 'library/app' }],
  ['harbor.example.com/library/app:0.1', { registry: 'harbor.example.com', repository: 'library/app', tag: '0.1' }],
  ['GHCR.io/acme/web', { registry: 'ghcr.io', repository: 'acme/web' }],
  [`gcr.io/x/y:t@${digest}`, { registry: 'gcr.io', repository: 'x/y', tag: 't', digest }],
  [`gcr.io/x/y@${digest}`, { registry: 'gcr.io', repository: 'x/y', digest }],
  [`nginx@sha512:${'0'.repeat(128)}`, { ...nginx, digest: `sha512:${'0'.repeat(128)}` }],
  ['a/b_c/d__e/f--g.h', { registry: hub, repository: 'a/b_c/d__e/f--g.h' }],
  ['ghcr.io', { registry: hub, repository: 'library/ghcr.io' }],
]

for (const [written, expected] of references) {
  test(`${written} is ${expected.registry} ${expected.repository} ${expected.tag ?? '–'}`, () => {
    const reference = parseReference(written)
    assert.ok(reference.ok)
    const { repository, ...parts } = reference.value
    assert.deepEqual({ registry: repository.registry, repository: repository.repository, ...parts }, expected)
    assert.equal(formatReference(reference.value), written)
  })
}

const faults: readonly (readonly [written: string, fault: RegExp])[] = [
  ['', /is no image repository/],
  [' nginx', /is no image repository/],
  ['nginx ', /is no image repository/],
  ['/image', /is no image repository/],
  ['ghcr.io/', /is no image repository/],
  ['ghcr.io//web', /is no image repository/],
  ['-nginx', /is no image repository/],
  ['a..b', /is no image repository/],
  ['alias=nginx', /is no image repository/],
  ['x'.repeat(256), /is too long/],
  ['x'.repeat(100_000), /is no image repository/],
  ['Acme/web', /upper-case letters in its path: write acme\/web/],
  ['ghcr.io/Acme/web', /write ghcr\.io\/acme\/web/],
  ['https://ghcr.io/acme/web', /is an address: write it without https:\/\//],
  ['oci://ghcr.io/acme/web', /is an address/],
  ['ex_ample.com:1/web', /malformed host/],
  ['-x.com/web', /malformed host/],
  ['ghcr.io:65536/web', /malformed host/],
  ['10.0.0.256/web', /malformed host/],
  ['10.0.1/web', /malformed host/],
  ['[::1/web', /malformed host/],
  ['nginx:', /malformed tag/],
  ['nginx:~1.20', /malformed tag/],
  [`nginx:${'x'.repeat(129)}`, /malformed tag/],
  ['gcr.io/x/y@sha256:abcde', /malformed digest/],
  [`nginx@sha256:${'A'.repeat(64)}`, /malformed digest/],
  ['nginx@', /malformed digest/],
  ['user:password@ghcr.io/acme/web', /malformed digest/],
]

for (const [written, expected] of faults) {
  test(`${JSON.stringify(written.slice(0, 40))} is refused: ${expected.source}`, () => {
    const reference = parseReference(written)
    assert.ok(!reference.ok)
    assert.match(reference.fault, expected)
    assert.ok(!reference.fault.includes('password'))
  })
}

test('a repository has neither tag nor digest', () => {
  const tagged = parseRepository('registry:5000/app:1.0')
  assert.deepEqual(tagged, { ok: false, fault: 'has the tag 1.0: write the repository alone, registry:5000/app' })
  const pinned = parseRepository(`app@${digest}`)
  assert.deepEqual(pinned, { ok: false, fault: 'has a digest: write the repository alone, app' })
  const bare = parseRepository('registry:5000/app')
  assert.ok(bare.ok)
  assert.deepEqual(bare.value, { written: 'registry:5000/app', registry: 'registry:5000', repository: 'app' })
})

test('one repository has several spellings', () => {
  const [short, long, other, elsewhere] = [
    'nginx',
    'index.docker.io/library/nginx',
    'acme/nginx',
    'ghcr.io/library/nginx',
  ].map((written) => parseRepository(written))
  assert.ok(short?.ok && long?.ok && other?.ok && elsewhere?.ok)
  assert.equal(sameRepository(short.value, long.value), true)
  assert.equal(sameRepository(short.value, other.value), false)
  assert.equal(sameRepository(short.value, elsewhere.value), false)
  assert.equal(lastSegment(short.value), 'nginx')
  assert.equal(lastSegment(other.value), 'nginx')
})

test('format after parse is the identity', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  const host = fc.constantFrom('', 'ghcr.io/', 'localhost:5000/', 'registry:80/', '[fe80::1]:443/', 'EXAMPLE.com/')
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), { nil: undefined })
  const path = fc.array(word, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(host, path, tag, fc.boolean(), (before, segments, name, pinned) => {
      const written = `${before}${segments.join('/')}${name === undefined ? '' : `:${name}`}${pinned ? `@${digest}` : ''}`
      const reference = parseReference(written)
      assert.ok(reference.ok, written)
      assert.equal(formatReference(reference.value), written)
      assert.equal(reference.value.tag, name)
      assert.equal(reference.value.repository.repository.endsWith(segments.join('/')), true)
    }),
  )
})

test('nothing makes it throw, and what parses formats back', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'A', '.', ':', '/', '@', '-', '_', '[', ']', '1', ' ') }),
      (text) => {
        const reference = parseReference(text)
        if (reference.ok) assert.equal(formatReference(reference.value), text)
      },
    ),
  )
})
