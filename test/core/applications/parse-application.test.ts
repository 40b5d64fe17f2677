import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KubeObject } from '../../../src/kubernetes/kube-object.ts'
import { parseApplication } from '../../../src/core/applications/parse-application.ts'

const source = { repoURL: 'https://git.example.com/config.git', path: 'chart', targetRevision: 'main' }
const parsedSource = {
  ...source,
  chart: undefined,
  name: undefined,
  ref: undefined,
  helm: undefined,
  kustomize: undefined,
}

function application(spec: unknown, status?: unknown, metadata: object = {}): KubeObject {
  const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', spec, status }
  return { ...object, metadata: { name: 'web', namespace: 'argocd', resourceVersion: '7', ...metadata } }
}

test('an Application with one source', () => {
  const helm = { valueFiles: ['values-prod.yaml'], parameters: [{ name: 'image.tag', value: '1', forceString: true }] }
  const spec = { project: 'shop', source: { ...source, helm }, destination: { namespace: 'prod' } }
  const status = {
    sourceType: 'Helm',
    sync: { status: 'Synced', revision: '3f1c', comparedTo: { source } },
    health: { status: 'Healthy' },
    summary: { images: ['r/web:1'] },
    conditions: [
      { type: 'SyncError', message: 'other' },
      { type: 'ComparisonError', message: 'no such path' },
    ],
    history: [{ id: 1, deployedAt: '2026-01-02T03:04:05Z', revision: '3f1c', source }, { id: 2 }],
  }
  const metadata = {
    uid: 'u-1',
    labels: { tier: 'front' },
    annotations: { a: 'b', 'kubectl.kubernetes.io/last-applied-configuration': 'long' },
    ownerReferences: [{ kind: 'ApplicationSet', name: 'all', uid: 'x' }],
    managedFields: [{ manager: 'kubectl' }],
  }
  assert.deepEqual(parseApplication(application(spec, status, metadata)), {
    namespace: 'argocd',
    name: 'web',
    uid: 'u-1',
    resourceVersion: '7',
    labels: { tier: 'front' },
    annotations: { a: 'b' },
    owners: [{ kind: 'ApplicationSet', name: 'all' }],
    project: 'shop',
    destinationNamespace: 'prod',
    sources: [{ ...parsedSource, helm }],
    multiple: false,
    hydrated: false,
    sourceTypes: ['Helm'],
    comparisonErrors: ['no such path'],
    sync: { status: 'Synced', revisions: ['3f1c'], comparedTo: [parsedSource] },
    health: 'Healthy',
    images: ['r/web:1'],
    history: [{ deployedAt: Date.UTC(2026, 0, 2, 3, 4, 5), sources: [parsedSource] }],
  })
})

test('an Application with several sources; a source beside them is ignored', () => {
  const sources = [
    { ...source, kustomize: { images: ['web:1', 7] } },
    { repoURL: 'https://git.example.com/values.git', ref: 'values' },
  ]
  const status = {
    sourceType: 'Directory',
    sourceTypes: ['Kustomize', ''],
    sync: { revisions: ['1a', '2b'], comparedTo: { sources } },
  }
  const parsed = parseApplication(application({ source, sources }, status))
  assert.equal(parsed.multiple, true)
  assert.deepEqual(
    parsed.sources.map(({ ref }) => ref),
    [undefined, 'values'],
  )
  assert.deepEqual(parsed.sources[0]?.kustomize, { images: ['web:1', ''] })
  assert.deepEqual(parsed.sourceTypes, ['Kustomize', ''])
  assert.deepEqual([parsed.sync.revisions, parsed.sync.comparedTo.length], [['1a', '2b'], 2])
})

const dry = { ...source, helm: { parameters: [{ name: 'image.tag', value: '1' }] } }
const syncSource = { targetBranch: 'env/prod', path: 'web' }
const operation = (hydratedSHA: string) => ({
  lastSuccessfulOperation: { drySHA: 'd1', hydratedSHA, sourceHydrator: { drySource: dry, syncSource } },
})

test('of an Application whose source is hydrated the dry source counts; what is beside it is ignored', () => {
  const spec = { source: { repoURL: 'x' }, sources: [{ repoURL: 'y' }], sourceHydrator: { drySource: dry, syncSource } }
  const status = {
    sourceType: 'Directory',
    sync: { status: 'Synced', revision: 'h1', comparedTo: { source: { ...source, path: 'web' } } },
    sourceHydrator: operation('h1'),
  }
  const parsed = parseApplication(application(spec, status))
  assert.deepEqual([parsed.hydrated, parsed.multiple, parsed.sourceTypes], [true, false, ['Helm']])
  assert.deepEqual(
    parsed.sources.map(({ path, helm }) => [path, helm?.parameters]),
    [['chart', [{ name: 'image.tag', value: '1' }]]],
  )
  assert.deepEqual(parsed.sync, { status: 'Synced', revisions: ['d1'], comparedTo: parsed.sources })
})

test('a rendered commit that has not been compared yet tells nothing of the dry source', () => {
  const status = { sync: { status: 'Synced', revision: 'h0' }, sourceHydrator: operation('h1') }
  const parsed = parseApplication(application({ sourceHydrator: { drySource: dry, syncSource } }, status))
  assert.deepEqual(parsed.sync, { status: 'Synced', revisions: [], comparedTo: [] })
  const never = parseApplication(application({ sourceHydrator: { drySource: source, syncSource } }, {}))
  assert.deepEqual([never.sourceTypes, never.sync.revisions], [[''], []])
  assert.deepEqual(parseApplication(application({ sourceHydrator: {} }, {})).sources, [])
})

const helmShapes: readonly [name: string, helm: unknown, parsed: unknown][] = [
  ['absent', undefined, undefined],
  ['there, without parameters', {}, { parameters: undefined, valueFiles: [] }],
  ['there, with an empty list', { parameters: [] }, { parameters: [], valueFiles: [] }],
  [
    'there, with a parameter of a name alone',
    { parameters: [{ name: 'a' }] },
    { parameters: [{ name: 'a', value: '' }], valueFiles: [] },
  ],
]
for (const [name, helm, parsed] of helmShapes)
  test(`helm ${name}: a patch can tell what it must create`, () =>
    assert.deepEqual(parseApplication(application({ source: { ...source, helm } })).sources[0]?.helm, parsed))

test('an Application that was never compared has no types, no revisions, no errors', () => {
  const parsed = parseApplication(application({ source }))
  assert.deepEqual(
    [parsed.sourceTypes, parsed.sync.revisions, parsed.comparisonErrors, parsed.images],
    [[], [], [], []],
  )
  assert.deepEqual([parsed.sync.status, parsed.health], [undefined, undefined])
})

test('an empty project is the one called default', () => {
  assert.equal(parseApplication(application({ project: '', source })).project, 'default')
})

test('whatever stands in spec and status, it is read', () => {
  const members = [
    'source',
    'sources',
    'sourceHydrator',
    'drySource',
    'lastSuccessfulOperation',
    'helm',
    'parameters',
    'kustomize',
    'images',
    'sync',
    'summary',
    'history',
    'conditions',
    'comparedTo',
  ]
  const { anything } = fc.letrec((tie) => ({
    anything: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, 7, true, 'text', '2026-01-01T00:00:00Z'),
      fc.array(tie('anything'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...members), tie('anything'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(fc.property(anything, anything, (spec, status) => void parseApplication(application(spec, status))))
})
