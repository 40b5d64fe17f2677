import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { gitTargetNames, group, kind, plural, strategyNames, tagReasons, version } from '../src/api/v1alpha1.ts'
import { parsePolicy } from '../src/core/parse-policy/parse-policy.ts'
import { acceptances, leastSpec, refusals } from './crd/policy-cases.ts'
import { wholeSpec, wholeStatus, wordsByPath } from './crd/samples.ts'
import { fieldsIn, type Schema } from './crd/schema-walk.ts'
import { limitsOf, pathsIn, pathsOf, violationsOf } from './crd/violations.ts'
import { ApiRefusal, type ControlPlane } from './servers/control-plane-access.ts'
import { kubectl } from './servers/kubectl.ts'
import { sharedControlPlane } from './servers/shared-control-plane.ts'

const file = 'crds/imageupdatepolicies.yaml'

interface Crd {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string; readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

const crd = parse(readFileSync(file, 'utf8')) as Crd
const schema: Schema = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}
const specSchema: Schema = schema.properties?.['spec'] ?? {}
const statusSchema: Schema = schema.properties?.['status'] ?? {}
const specFields = fieldsIn(specSchema, 'spec')
const statusFields = fieldsIn(statusSchema, 'status')

let cluster: ControlPlane
let path: string

before(async () => {
  cluster = await sharedControlPlane()
  await cluster.applyCrds([file])
  path = `/apis/${group}/${version}/namespaces/${await cluster.createNamespace('crd')}/${plural}`
})

/** What the API server says to a spec: nothing, or why not. Nothing is stored. */
async function objection(spec: unknown): Promise<string | undefined> {
  const policy = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'web' }, spec }
  try {
    await cluster.api('POST', `${path}?dryRun=All&fieldValidation=Strict`, policy)
    return undefined
  } catch (error) {
    if (error instanceof ApiRefusal && (error.status === 422 || error.status === 400)) return error.message
    throw error
  }
}

function faultsOf(spec: unknown): readonly { readonly path: string; readonly message: string }[] {
  const parsed = parsePolicy(spec)
  return parsed.ok ? [] : parsed.faults
}

const shortly = (value: unknown): string => JSON.stringify(value).slice(0, 90)

describe('API server and parser accept', () => {
  for (const change of acceptances) {
    test(shortly(change), async () => {
      const spec = { ...leastSpec, ...change }
      assert.equal(await objection(spec), undefined)
      assert.deepEqual(faultsOf(spec), [])
    })
  }
})

describe('API server and parser refuse, and say what to write instead', () => {
  for (const { spec: change, path: where, message, parser = message } of refusals) {
    test(`${shortly(change)}: ${where}`, async () => {
      const spec = { ...leastSpec, ...change }
      const said = (await objection(spec)) ?? 'accepted'
      assert.ok(said.includes(where) && said.includes(message), said)
      const faults = faultsOf(spec)
      assert.ok(
        faults.some((fault) => fault.path === where && fault.message.includes(parser)),
        JSON.stringify(faults),
      )
    })
  }

  test('every rule of the schema is among these', () => {
    const rules = specFields.flatMap(({ schema: field }) => field['x-kubernetes-validations'] ?? [])
    const untried = rules.filter((rule) => !refusals.some(({ message }) => rule.message.includes(message)))
    assert.ok(rules.length > 20)
    assert.deepEqual(untried, [])
  })
})

describe('API server and parser refuse what breaks the schema', () => {
  for (const { keyword, path: where, spec } of violationsOf(specSchema)) {
    test(`${keyword} of ${where}`, async () => {
      const said = (await objection(spec)) ?? 'accepted'
      assert.ok(said.includes(where), said)
      const faults = faultsOf(spec)
      assert.ok(
        faults.some((fault) => where.startsWith(fault.path) && (fault.path !== 'spec' || where === 'spec')),
        JSON.stringify(faults),
      )
    })
  }
})

describe('the parser has no narrower bounds than the schema', () => {
  for (const { keyword, path: where, spec } of limitsOf(specSchema)) {
    test(`${keyword} of ${where}`, () => {
      const objections = faultsOf(spec).filter((fault) => fault.path === where)
      assert.doesNotMatch(objections.map(({ message }) => message).join(), /must have at (most|least)|is no source/)
    })
  }
})

const runs = 200

test('of any mixture of these, API server and parser think the same', async () => {
  const changes = fc.array(fc.constantFrom(...acceptances, ...refusals.map(({ spec }) => spec)), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(changes, async (several) => {
      const spec = Object.assign({}, leastSpec, ...several) as unknown
      const [said, faults] = [await objection(spec), faultsOf(spec)]
      assert.equal(said === undefined, faults.length === 0, `${said} ${JSON.stringify(faults)}`)
    }),
    { numRuns: runs },
  )
})

const textOf = (...pieces: readonly string[]) =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 7 }).map((several) => several.join(''))

/** Texts that come near to what each field takes. */
const nearTexts: readonly (readonly [name: string, texts: fc.Arbitrary<string>, spec: (text: string) => object])[] = [
  ['image', textOf('a', 'A', 'b.c', ':', ':5000', '/', '.', '_', '__', '-', '@', '[::1]'), (image) => ({ image })],
  [
    'constraints.version',
    textOf(
      '1',
      '2.3',
      '.',
      'x',
      '*',
      'v',
      '-',
      ' - ',
      '-rc.1',
      '+b',
      ' ',
      ',',
      '||',
      '>',
      '<',
      '=',
      '!=',
      '~',
      '^',
      '\t',
    ),
    (version) => ({ constraints: { version } }),
  ],
  [
    'constraints.allowTags',
    textOf('a', '(', ')', '?', '*', '[', ']', '^', '-', '{2}', '|', '\\d', '\\', '(?i)', '(?P<n>', '(?=', '.'),
    (allowTags) => ({ constraints: { allowTags } }),
  ],
  [
    'constraints.ignoreTags',
    textOf('a', '*', '?', '[', ']', '^', '-', '\\', '!', '\n', '😀'),
    (glob) => ({ constraints: { ignoreTags: [glob] } }),
  ],
  [
    'applications.source',
    textOf('0', '7', 'a', ' ', '-', '.', '\n'),
    (source) => ({ applications: [{ name: 'a', source }] }),
  ],
  [
    'applications.selector',
    textOf('a', 'B', '/', '.', '-', '_', '1', ' ', ''),
    (key) => ({ applications: [{ selector: { matchExpressions: [{ key, operator: 'In', values: [key] }] } }] }),
  ],
  [
    'writeBack.helm',
    textOf('a', 'B', '.', '[0]', '[', ']', '\\.', '\\', ' ', '=', ',', '{', '/', '-', '\n', 'ä'),
    (tag) => ({ writeBack: { helm: [{ tag }] } }),
  ],
  [
    'writeBack.kustomize.name',
    textOf('a', ':', '5', '/', '@', '=', '-', ' ', '.'),
    (name) => ({ writeBack: { kustomize: { name } } }),
  ],
  [
    'writeBack.git.repository',
    textOf('.', ':', '1', '/', '/a', '@', '?', '#', ' ', '%20', '[::1]'),
    (text) => ({ writeBack: { method: 'git', git: { repository: `https://h${text}` } } }),
  ],
  [
    'writeBack.git.branch',
    textOf('a', '/', '.', '..', '.lock', '@', '{', '-', '~', ':', ' ', '\\', '\u0007', 'ä', 'refs/', 'HEAD'),
    (branch) => ({ writeBack: { method: 'git', git: { branch } } }),
  ],
  [
    'writeBack.git.pushBranch',
    textOf(
      'a',
      '/',
      '.',
      '..',
      '.lock',
      '@',
      '{',
      '}',
      '{{ .AppName }}',
      '-',
      '~',
      ' ',
      '\u0007',
      'ä',
      'refs/',
      'HEAD',
    ),
    (pushBranch) => ({ writeBack: { method: 'git', git: { pushBranch } } }),
  ],
  [
    'writeBack.git.path',
    textOf('a', '/', '.', '.git', '{{', '}}', '.AppName', ' ', '\\', '\u0007', 'ä', '$', '%2e'),
    (path) => ({ writeBack: { method: 'git', git: { target: 'helmValues', path } } }),
  ],
  ['interval', textOf('1', '0', '.', '5', 's', 'm', 'ms', 'h', ' ', '99999'), (interval) => ({ interval })],
  ['registry', textOf('a', 'A', '.', '-', '1', '/'), (name) => ({ registry: { secretRef: { name } } })],
]

describe('whatever the parser accepts, the API server accepts', () => {
  for (const [name, texts, change] of nearTexts) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(texts, async (text) => {
          const spec = { ...leastSpec, ...change(text) }
          if (parsePolicy(spec).ok) assert.equal(await objection(spec), undefined)
        }),
        { numRuns: runs },
      )
    })
  }
})

describe('the schema', () => {
  test('has the names that the code uses', () => {
    assert.equal(crd.spec.group, group)
    assert.equal(crd.spec.names.plural, plural)
    assert.equal(crd.spec.names.kind, kind)
    assert.deepEqual(
      crd.spec.versions.map(({ name }) => name),
      [version],
    )
  })

  test('has the fields of the types, and no others', () => {
    assert.deepEqual(pathsOf(specFields), pathsIn(wholeSpec, 'spec').toSorted())
    assert.deepEqual(pathsOf(statusFields), pathsIn(wholeStatus, 'status').toSorted())
  })

  test('has the closed lists of the types', () => {
    const lists = new Map([...specFields, ...statusFields].map((field) => [field.path, field.schema.enum]))
    const expected = [
      ...wordsByPath,
      ['spec.strategy', strategyNames],
      ['spec.writeBack.git.target', gitTargetNames],
      ['status.evaluation.rejected[0].reason', tagReasons],
    ] as const
    for (const [where, words] of expected) assert.deepEqual(lists.get(where), words, where)
  })

  test('describes every field in sentences that say more than its name', () => {
    const silent = [...specFields, ...statusFields].filter(({ schema: field }) => (field.description ?? '').length < 8)
    assert.deepEqual(pathsOf(silent), [])
  })

  test('bounds every text, list and map, without which the cost of rules is refused', () => {
    const unbounded = [...specFields, ...statusFields].filter(({ schema: field }) => {
      if (field.type === 'string') return (field.maxLength ?? field.enum ?? field.format) === undefined
      if (field.type === 'array') return field.maxItems === undefined
      return field.additionalProperties !== undefined && field.maxProperties === undefined
    })
    assert.deepEqual(pathsOf(unbounded), [])
  })

  test('has no defaults: rules would take them for what the user wrote', () => {
    assert.deepEqual(pathsOf(specFields.filter(({ schema: field }) => 'default' in field)), [])
  })
})

describe('a stored policy', () => {
  let namespace: string
  const get = (...args: string[]) => kubectl(['get', '-n', namespace, ...args], { kubeconfig: cluster.adminKubeconfig })

  before(async () => {
    namespace = await cluster.createNamespace('crd')
    const policies = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`
    const spec = { ...leastSpec, constraints: { version: '^1.2', allowTags: '^v' } }
    await cluster.api('POST', policies, { apiVersion: `${group}/${version}`, kind, metadata: { name: 'web' }, spec })
    await cluster.api('PATCH', `${policies}/web/status?fieldValidation=Strict`, { status: wholeStatus })
  })

  test('keeps the whole status', async () => {
    const stored = JSON.parse(await get('iup', 'web', '-o', 'json')) as { status: unknown }
    assert.deepEqual(stored.status, wholeStatus)
  })

  test('is printed with what people ask first', async () => {
    const [header = '', row = ''] = (await get('iup')).split('\n')
    assert.deepEqual(header.split(/ {2,}/), [
      'NAME',
      'IMAGE',
      'STRATEGY',
      'CURRENT',
      'CHOSEN',
      'READY',
      'REASON',
      'AGE',
    ])
    assert.match(
      row,
      /^web +ghcr\.io\/acme\/web +semver +1\.4\.1 \(38\), 1\.4\.0 \(2\) +1\.4\.2 +True +UpToDate +\d+s$/,
    )
  })

  test('is printed wide with constraint, Applications and message', async () => {
    const [header = '', row = ''] = (await get('imageupdatepolicies', '-o', 'wide')).split('\n')
    assert.match(header, / AGE +CONSTRAINT +APPLICATIONS +MESSAGE *$/)
    assert.match(row, / \^1\.2 +web-eu, web-us and 38 more +40 Applications up to date *$/)
  })

  test('is found among what belongs to Argo CD', async () => {
    assert.match(await get('argocd', '-o', 'name'), /imageupdatepolicy\.imageupdate\.dev\/web/)
  })
})
