import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PolicySpec } from '../../../src/core/policy.ts'
import { parsePolicy } from '../../../src/core/parse-policy/parse-policy.ts'
import { acceptances, leastSpec } from '../../crd/policy-cases.ts'
import { wholeSpec } from '../../crd/samples.ts'

const constraints = (constraints: unknown, strategy = 'semver') => ({ strategy, constraints })
const message = (message: string) => ({ writeBack: { method: 'git', git: { commit: { message } } } })

/** What the parser refuses beyond what the API server can; test/crd.test.ts has the rest. */
const refusals: readonly (readonly [change: unknown, path: string, message: string | RegExp])[] = [
  [{ strategy: 'Semver' }, 'spec.strategy', 'must be semver, latest, digest, name or numerical: did you mean semver?'],
  [{ strategy: 'newest-build' }, 'spec.strategy', 'must be semver, latest, digest, name or numerical'],
  [{ image: undefined }, 'spec.image', 'is required: write the repository to follow, such as ghcr.io/acme/web'],
  [{ image: null }, 'spec.image', 'is required: write the repository to follow, such as ghcr.io/acme/web'],
  [{ image: ['a'] }, 'spec.image', 'must be text, not a list'],
  [{ image: '' }, 'spec.image', 'is empty: write a value, or take the field out'],
  [{ applications: [] }, 'spec.applications', 'must have at least 1 entry'],
  [{ applications: { name: 'web' } }, 'spec.applications', 'must be a list, not an object'],
  [{ applications: ['web'] }, 'spec.applications[0]', 'must be an object, not a string'],
  [{ applications: [{ name: 'a' }, null] }, 'spec.applications[1]', 'must be an object, not null'],
  [{ suspend: 'true' }, 'spec.suspend', 'must be true or false, not a string'],
  [{ interval: 5 }, 'spec.interval', 'must be text: put the number in quotes'],
  [{ interval: '5min' }, 'spec.interval', /is not a duration: write a number with a unit/],
  [{ interval: '1ms' }, 'spec.interval', 'must be from 1s to 8760h'],
  [{ platforms: [] }, 'spec.platforms', /^unknown field: known are image, strategy, /],
  [{ applicatons: [] }, 'spec.applicatons', 'unknown field: did you mean applications?'],
  [constraints({ allowtags: 'x' }), 'spec.constraints.allowtags', 'unknown field: did you mean allowTags?'],
  [constraints({ maxAge: '24h' }), 'spec.constraints.maxAge', /^unknown field: did you mean minAge\?$/],
  [constraints({ labels: {} }), 'spec.constraints.labels', /^unknown field: known are version, /],
  [
    constraints({ platforms: ['linux/amd64', 'arm64'] }),
    'spec.constraints.platforms[1]',
    /^is no platform: write os\//,
  ],
  [JSON.parse('{"__proto__": {"suspend": true}}'), 'spec.__proto__', /^unknown field/],
  [{ ['x'.repeat(10_000)]: 1 }, `spec.${'x'.repeat(10_000)}`, /^unknown field/],
  [constraints({ version: '^*' }), 'spec.constraints.version', /./],
  [constraints({ version: '!=1.2-0' }), 'spec.constraints.version', /./],
  [constraints({ extract: '.+' }), 'spec.constraints.extract', /has no group: put .* into \(\?P<version>…\)/],
  [constraints({ extract: '(a)(b)' }), 'spec.constraints.extract', /has 2 groups and none is named version/],
  [message('{{ if .Changes }}x'), 'spec.writeBack.git.commit.message', /{{ if .Changes }} is never ended/],
  [message('{{ .Branch'), 'spec.writeBack.git.commit.message', /is never closed/],
  ...['{{ .AppName', '{{ .Labels }}', '{{ .Values.x }}', '{{- .AppName }}', '{{ index .Labels team }}'].map(
    (path) =>
      [
        { writeBack: { method: 'git', git: { target: 'helmValues', path } } },
        'spec.writeBack.git.path',
        /is not supported: use \.AppName|is never closed/,
      ] as const,
  ),
  [
    { writeBack: { helm: [{ tag: 'a' }, { name: 'b', tag: 'a' }] } },
    'spec.writeBack.helm',
    'a is named twice: name each key once',
  ],
  [{ writeBack: { helm: [{ name: 'a', tag: 'a' }] } }, 'spec.writeBack.helm', 'a is named twice: name each key once'],
  ...['.a', 'a.', 'a..b', 'a=b', 'a,b', 'a b', 'a[', 'a[]', 'a[x]', 'a[0]b', '[0].a', 'a{b}', 'a\\', 'a.b[0].'].map(
    (tag) =>
      [{ writeBack: { helm: [{ tag }] } }, 'spec.writeBack.helm[0].tag', /no key in Helm's --set notation/] as const,
  ),
  ...['-1', 'a/b/c', '/a', 'a/', 'A.b/c', 'a b'].map(
    (key) =>
      [
        { applications: [{ selector: { matchLabels: { [key]: 'x' } } }] },
        'spec.applications[0].selector',
        /label key/,
      ] as const,
  ),
  ...[-1, 1.5, 1_000, 1e21, Number.MAX_SAFE_INTEGER, '1000', '0000'].map(
    (source) =>
      [
        { applications: [{ name: 'a', source }] },
        'spec.applications[0].source',
        /is no source: write its index from 0 to 999/,
      ] as const,
  ),
]

describe('is refused', () => {
  for (const [change, path, expected] of refusals) {
    test(`${JSON.stringify(change).slice(0, 90)}: ${path.slice(0, 60)}`, () => {
      const parsed = parsePolicy({ ...leastSpec, ...(change as object) })
      assert.ok(!parsed.ok)
      const at = parsed.faults.find((fault) => fault.path === path)
      if (typeof expected === 'string') assert.equal(at?.message, expected, JSON.stringify(parsed.faults))
      else assert.match(at?.message ?? '', expected)
    })
  }

  for (const spec of [undefined, null, 5, 'spec', [], [leastSpec], true]) {
    test(`${JSON.stringify(spec)} in place of a spec`, () => {
      const parsed = parsePolicy(spec)
      assert.ok(!parsed.ok)
      assert.deepEqual(
        parsed.faults.map(({ path }) => path),
        ['spec'],
      )
    })
  }
})

test('all faults are told at once, in the order of the fields', () => {
  const parsed = parsePolicy({
    image: 'web:1',
    strategy: 'digest',
    constraints: { version: 'latest', prereleases: 'no', ignoreTags: ['ok', '['], extract: '(' },
    applications: [{ source: -1 }, { name: 'a', labels: {} }],
    writeBack: { helm: [{ name: 'x' }], git: { branch: 'a b', repository: 'git@x' } },
    interval: '0s',
    pause: true,
  })
  assert.ok(!parsed.ok)
  assert.deepEqual(
    parsed.faults.map(({ path }) => path),
    [
      'spec.image',
      'spec.constraints.version',
      'spec.constraints.prereleases',
      'spec.constraints.ignoreTags[1]',
      'spec.constraints.extract',
      'spec.applications[0].source',
      'spec.applications[0]',
      'spec.applications[1].labels',
      'spec.writeBack.helm[0]',
      'spec.writeBack.git.repository',
      'spec.writeBack.git.branch',
      'spec.interval',
      'spec.pause',
      'spec.constraints.version',
      'spec.constraints.prereleases',
      'spec.constraints.tag',
      'spec.constraints.ignoreTags',
      'spec.constraints.extract',
      'spec.writeBack.git',
    ],
  )
})

test('a strategy that is none is the only fault: what would be wrong with another is not told', () => {
  const result = parsePolicy({
    ...leastSpec,
    ...constraints({ version: '^1', tag: 'main', allowTags: 'x' }, 'newest-build'),
    writeBack: { helm: [{ digest: 'image.digest' }] },
  })
  assert.deepEqual(result.ok ? [] : result.faults.map(({ path }) => path), ['spec.strategy'])
})

function parsed(change: object): PolicySpec {
  const result = parsePolicy({ ...leastSpec, ...change })
  assert.ok(result.ok, JSON.stringify(result))
  return result.spec
}

test('what is not written has its default', () => {
  const { image, strategy, applications, ...rest } = parsed({})
  assert.deepEqual(image, { written: 'ghcr.io/acme/web', registry: 'ghcr.io', repository: 'acme/web' })
  assert.deepEqual(strategy, { type: 'semver', range: undefined, prereleases: false })
  assert.equal(applications[0]?.name?.source, 'web')
  assert.deepEqual(
    { ...applications[0], name: undefined },
    { name: undefined, selector: undefined, namespace: undefined, source: undefined },
  )
  assert.deepEqual(rest, {
    filters: { ignoreTags: [], allowTags: undefined, extract: undefined },
    platforms: [],
    minAge: undefined,
    allowDowngrade: false,
    writeBack: {
      method: 'argocd',
      helm: [{ tag: 'image.tag' }],
      kustomizeName: undefined,
      digest: 'never',
      refresh: true,
      git: undefined,
    },
    registry: {
      secretName: undefined,
      serviceAccountName: undefined,
      certSecretName: undefined,
      provider: undefined,
      insecure: false,
    },
    whenReverted: 'hold',
    interval: undefined,
    suspend: false,
  })
})

test('empty and null members have the same defaults', () => {
  const plain = parsed({})
  for (const nothing of [{}, null, undefined]) {
    const spec = parsed({ constraints: nothing, writeBack: nothing, registry: nothing })
    assert.deepEqual({ ...spec, applications: plain.applications }, plain)
  }
})

test('which tags may be chosen', () => {
  const spec = parsed(
    constraints({
      version: '^1.2',
      prereleases: true,
      allowTags: '^v',
      ignoreTags: ['*-debug'],
      extract: '^v(.+)',
      allowDowngrade: true,
    }),
  )
  assert.ok(spec.strategy.type === 'semver')
  assert.deepEqual([spec.strategy.range?.source, spec.strategy.prereleases], ['^1.2', true])
  const { allowTags, extract, ignoreTags } = spec.filters
  assert.deepEqual([allowTags?.source, extract?.extract('v7'), ignoreTags[0]?.source], ['^v', '7', '*-debug'])
  assert.equal(spec.allowDowngrade, true)
})

test('which Applications are linked', () => {
  const [first, second, third] = parsed({
    applications: [
      { name: 'web-*', selector: { matchLabels: { tier: 'front' } }, namespace: 'team-?', source: 'chart' },
      { name: 'a', source: 2 },
      { name: 'b', source: '07' },
    ],
  }).applications
  assert.equal(first?.namespace?.matches('team-a'), true)
  assert.equal(first?.selector?.matches({ tier: 'front' }), true)
  assert.deepEqual([first?.source, second?.source, third?.source], [{ name: 'chart' }, { index: 2 }, { index: 7 }])
})

test('where the choice is written', () => {
  const { git, ...writeBack } = parsed({
    writeBack: {
      method: 'git',
      helm: [{ spec: 'image' }],
      kustomize: { name: 'web' },
      digest: 'only',
      refresh: false,
      git: {
        repository: 'https://git.example.com/a.git',
        branch: 'main',
        pushBranch: 'updates/{{ .AppName }}',
        target: 'helmValues',
        path: '{{ .AppName }}.yaml',
        createKeys: true,
        secretRef: { name: 'git' },
        commit: {
          message: '{{ .Branch }}',
          per: 'application',
          author: { name: 'Bot', email: 'bot@example.com' },
          signOff: true,
          signingKeySecretRef: { name: 'signing' },
        },
      },
    },
  }).writeBack
  const expected = { method: 'git', helm: [{ spec: 'image' }], kustomizeName: 'web', digest: 'only', refresh: false }
  assert.deepEqual(writeBack, expected)
  const { commit, path, pushBranch, ...place } = git ?? {}
  const where = { repository: 'https://git.example.com/a.git', branch: 'main', target: 'helmValues', createKeys: true }
  assert.deepEqual(place, { ...where, secretName: 'git' })
  const { message, ...style } = commit ?? {}
  const templates = [path?.source, pushBranch?.source, message?.source]
  assert.deepEqual(templates, ['{{ .AppName }}.yaml', 'updates/{{ .AppName }}', '{{ .Branch }}'])
  const author = { name: 'Bot', email: 'bot@example.com' }
  assert.deepEqual(style, { per: 'application', author, signOff: true, signingSecretName: 'signing' })
})

test('how the registry is reached, how often, and what else there is to say', () => {
  const { registry, whenReverted, interval, suspend } = parsed({
    registry: {
      serviceAccountName: 'web',
      certSecretRef: { name: 'ca' },
      provider: 'gcp',
      insecure: false,
    },
    whenReverted: 'overwrite',
    interval: '1m30s',
    suspend: true,
  })
  assert.deepEqual(registry, {
    secretName: undefined,
    serviceAccountName: 'web',
    certSecretName: 'ca',
    provider: 'gcp',
    insecure: false,
  })
  assert.deepEqual([whenReverted, interval, suspend], ['overwrite', 90_000, true])
})

test('strategy digest writes digests unless told how', () => {
  const digest = constraints({ tag: 'main' }, 'digest')
  assert.deepEqual(parsed(digest).strategy, { type: 'digest', tag: 'main' })
  assert.equal(parsed(digest).writeBack.digest, 'withTag')
  assert.equal(parsed({ ...digest, writeBack: { digest: 'only' } }).writeBack.digest, 'only')
})

test('method git without git commits to the place of the source', () => {
  const { git } = parsed({ writeBack: { method: 'git' } }).writeBack
  const commit = { message: undefined, per: 'lane', author: undefined, signOff: false, signingSecretName: undefined }
  const nothing = {
    repository: undefined,
    branch: undefined,
    pushBranch: undefined,
    path: undefined,
    secretName: undefined,
  }
  assert.deepEqual(git, { ...nothing, target: 'override', createKeys: false, commit })
})

/** A valid spec in which one value, at any depth, is another one. */
const twisted = fc
  .tuple(
    fc.constantFrom<object>(...acceptances, wholeSpec),
    fc.nat(40),
    fc.oneof(fc.jsonValue(), fc.constantFrom('', -1, null, {}, [])),
  )
  .map(([change, at, value]) => {
    let count = 0
    const text = JSON.stringify({ ...leastSpec, ...change })
    return JSON.parse(text, (_, member: unknown) => (count++ === at ? value : member)) as unknown
  })

test('whatever the JSON, it is a spec, or faults each with a path and a sentence', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), twisted), (json) => {
      const result = parsePolicy(json)
      if (result.ok) return
      assert.ok(result.faults.length > 0)
      for (const fault of result.faults) {
        assert.match(fault.path, /^spec/)
        assert.notEqual(fault.message, '')
      }
    }),
    { numRuns: 5_000 },
  )
})

test('which images are good enough', () => {
  const spec = parsed(constraints({ platforms: ['linux/ARM64/v8', 'linux/arm64', 'linux/arm/v6'], minAge: '1h30m' }))
  assert.deepEqual(spec.platforms, ['linux/arm64', 'linux/arm/v6'])
  assert.equal(spec.minAge, 5_400_000)
})
