import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Application } from '../../../src/core/applications/application.ts'
import { applicationPatch } from '../../../src/core/targets/application-patch.ts'
import { entriesOf, imageEntry, lastNamed, type ListEntry } from '../../../src/core/targets/entries.ts'
import type { Tool } from '../../../src/core/targets/source.ts'
import { parseApplication } from '../../../src/core/applications/parse-application.ts'
import { applyJsonPatch } from '../apply-json-patch.ts'

type Spec = Record<string, unknown>

function view(spec: Spec): Application {
  return parseApplication({
    apiVersion: 'v1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd', resourceVersion: '1' },
    spec,
  } as never)
}

function parameter(name: string, value: string): ListEntry {
  return { name, value, forceString: true }
}

const tag = [parameter('image.tag', '1.5.0')]
const git = { repoURL: 'https://git.example.com/acme/config', path: 'web' }

const rows: readonly [
  name: string,
  spec: Spec,
  wish: { index?: number; tool?: Tool; wanted?: ListEntry[] },
  patch: readonly string[],
][] = [
  [
    'a parameter that stands there',
    {
      source: {
        ...git,
        helm: {
          parameters: [
            { name: 'a', value: '1' },
            { name: 'image.tag', value: '1.4.2', forceString: true },
          ],
        },
      },
    },
    {},
    [
      'test /spec/source/helm/parameters/1/name "image.tag"',
      'test /spec/source/helm/parameters/1/value "1.4.2"',
      'replace /spec/source/helm/parameters/1/value "1.5.0"',
    ],
  ],
  [
    'a parameter without forceString',
    { source: { ...git, helm: { parameters: [{ name: 'image.tag', value: '1.5.0' }] } } },
    {},
    [
      'test /spec/source/helm/parameters/0/name "image.tag"',
      'test /spec/source/helm/parameters/0/value "1.5.0"',
      'add /spec/source/helm/parameters/0/forceString true',
    ],
  ],
  [
    'a parameter without a value',
    { source: { ...git, helm: { parameters: [{ name: 'image.tag', forceString: true }] } } },
    {},
    ['test /spec/source/helm/parameters/0/name "image.tag"', 'add /spec/source/helm/parameters/0/value "1.5.0"'],
  ],
  [
    'the same name twice: the last wins',
    {
      source: {
        ...git,
        helm: {
          parameters: [
            { name: 'image.tag', value: '1', forceString: true },
            { name: 'image.tag', value: '2', forceString: true },
          ],
        },
      },
    },
    {},
    [
      'test /spec/source/helm/parameters/1/name "image.tag"',
      'test /spec/source/helm/parameters/1/value "2"',
      'replace /spec/source/helm/parameters/1/value "1.5.0"',
    ],
  ],
  [
    'a parameter that is missing',
    { source: { ...git, helm: { parameters: [{ name: 'a', value: '1' }] } } },
    {},
    [
      'add /spec/source/helm/parameters/- {"name":"image.tag","value":"1.5.0","forceString":true}',
      'test /spec/source/helm/parameters/1 {"name":"image.tag","value":"1.5.0","forceString":true}',
    ],
  ],
  [
    'a list that is missing',
    { source: { ...git, helm: { releaseName: 'x' } } },
    {},
    [
      'test /spec/source/helm/parameters null',
      'add /spec/source/helm/parameters [{"name":"image.tag","value":"1.5.0","forceString":true}]',
    ],
  ],
  [
    'a section that is missing',
    { source: git },
    {},
    [
      'test /spec/source/helm null',
      'add /spec/source/helm {"parameters":[{"name":"image.tag","value":"1.5.0","forceString":true}]}',
    ],
  ],
  [
    'the second of several sources, guarded by what it is',
    { source: { helm: { parameters: [] } }, sources: [git, { ...git, chart: 'web', path: '' }] },
    { index: 1 },
    [
      'test /spec/sources/1/repoURL "https://git.example.com/acme/config"',
      'test /spec/sources/1/chart "web"',
      'test /spec/sources/1/helm null',
      'add /spec/sources/1/helm {"parameters":[{"name":"image.tag","value":"1.5.0","forceString":true}]}',
    ],
  ],
  [
    'an image of Kustomize',
    { source: { ...git, kustomize: { images: ['other:1', 'acme/web=reg/acme/web:1.4.2'] } } },
    { tool: 'kustomize', wanted: [imageEntry('acme/web=reg/acme/web:1.5.0')] },
    [
      'test /spec/source/kustomize/images/1 "acme/web=reg/acme/web:1.4.2"',
      'replace /spec/source/kustomize/images/1 "acme/web=reg/acme/web:1.5.0"',
    ],
  ],
  [
    'an image of Kustomize that is missing',
    { source: { ...git, kustomize: { images: ['other:1'] } } },
    { tool: 'kustomize', wanted: [imageEntry('acme/web:1.5.0')] },
    ['add /spec/source/kustomize/images/- "acme/web:1.5.0"', 'test /spec/source/kustomize/images/1 "acme/web:1.5.0"'],
  ],
  [
    'a kustomize section that is missing',
    { source: git },
    { tool: 'kustomize', wanted: [imageEntry('acme/web:1.5.0')] },
    ['test /spec/source/kustomize null', 'add /spec/source/kustomize {"images":["acme/web:1.5.0"]}'],
  ],
  [
    'nothing where all stands',
    { source: { ...git, helm: { parameters: [{ name: 'image.tag', value: '1.5.0', forceString: true }] } } },
    {},
    [],
  ],
  [
    'nothing, of several sources, where all stands',
    { sources: [{ ...git, helm: { parameters: [{ name: 'image.tag', value: '1.5.0', forceString: true }] } }, git] },
    {},
    [],
  ],
  ['nothing for a source that is not there', { source: git }, { index: 3 }, []],
]
for (const [name, spec, { index = 0, tool = 'helm', wanted = tag }, patch] of rows) {
  test(`patches ${name}`, () => {
    const operations = applicationPatch(view(spec), { index, tool, wanted })
    assert.deepEqual(
      operations.map(({ op, path, value }) => `${op} ${path} ${JSON.stringify(value)}`),
      patch,
    )
    applyJsonPatch({ spec }, operations)
  })
}

const name = fc.constantFrom('image.tag', 'image.repository', 'replicas', 'x')
const value = fc.constantFrom('', '1.4.2', '1.5.0', 'true', '7')
const helmItem = fc.record({ name, value, forceString: fc.boolean() }, { requiredKeys: ['name'] })
const helm = fc.record(
  { parameters: fc.array(helmItem, { maxLength: 5 }), releaseName: fc.constant('r') },
  { requiredKeys: [] },
)
const image = fc.constantFrom(
  'acme/web:1',
  'acme/web=reg/web:1',
  'acme/web@sha256:aa',
  'other:1',
  'other',
  'reg:5000/acme/web:1',
)
const kustomize = fc.record(
  { images: fc.array(image, { maxLength: 5 }), namePrefix: fc.constant('p') },
  { requiredKeys: [] },
)
const anySource = fc.record(
  { repoURL: fc.constantFrom('a', 'b'), path: fc.constantFrom('p', 'q', ''), chart: fc.constant('c'), helm, kustomize },
  { requiredKeys: ['repoURL'] },
)
const anySpec: fc.Arbitrary<Spec> = fc.oneof(
  fc.record({ source: anySource, project: fc.constant('p') }),
  fc.record(
    { source: anySource, sources: fc.array(anySource, { minLength: 1, maxLength: 3 }) },
    { requiredKeys: ['sources'] },
  ),
)
const helmWanted = fc.uniqueArray(
  fc.record(
    { name, value: value.filter((text) => text !== ''), forceString: fc.constant(true) },
    { noNullPrototype: true },
  ),
  {
    selector: (entry) => entry.name,
    minLength: 1,
  },
)
const imageWanted = fc
  .constantFrom('acme/web:2', 'acme/web=new/web:2@sha256:bb', 'reg:5000/acme/web:2')
  .map((text) => [imageEntry(text)])
const wishes = fc.oneof(
  helmWanted.map((wanted) => ({ tool: 'helm' as const, wanted })),
  imageWanted.map((wanted) => ({ tool: 'kustomize' as const, wanted })),
)

function sourceIn(spec: Spec, index: number): Record<string, Record<string, unknown[]> | undefined> {
  const sources = spec['sources'] as unknown[] | undefined
  return (sources?.[index] ?? spec['source']) as Record<string, Record<string, unknown[]>>
}

test('whatever the Application: our entries stand afterwards, all else is as before', () => {
  fc.assert(
    fc.property(anySpec, wishes, fc.nat(2), (spec, { tool, wanted }, nth) => {
      const before = view(spec)
      const index = nth % before.sources.length
      const after = applyJsonPatch({ spec }, applicationPatch(before, { index, tool, wanted })).spec
      const [old, now] = [before, view(after)].map((each) => each.sources[index])
      assert.ok(old !== undefined && now !== undefined)
      const entries = entriesOf(now, tool) ?? []
      for (const entry of wanted) {
        const found = lastNamed(entries, entry.name)
        assert.deepEqual(found, entry)
      }
      assert.deepEqual(applicationPatch(view(after), { index, tool, wanted }), [], 'a second patch finds nothing to do')
      const [section, list] = tool === 'helm' ? ['helm', 'parameters'] : ['kustomize', 'images']
      const isOther = (item: unknown) => {
        const named = typeof item === 'string' ? imageEntry(item).name : (item as { name: string }).name
        return !wanted.some((entry) => entry.name === named)
      }
      const rest = (of: Spec) => {
        const copy = structuredClone(of)
        const source = sourceIn(copy, index)
        const items = (source[section ?? '']?.[list ?? ''] ?? []).filter(isOther)
        delete source[section ?? '']?.[list ?? '']
        if (Object.keys(source[section ?? ''] ?? {}).length === 0) delete source[section ?? '']
        return [copy, items]
      }
      assert.deepEqual(rest(after), rest(spec))
    }),
    { numRuns: 300 },
  )
})

test('a concurrent change of one of our entries makes the patch fail; a change of another one survives', () => {
  fc.assert(
    fc.property(anySpec, wishes, fc.nat(2), (spec, { tool, wanted }, nth) => {
      const index = nth % view(spec).sources.length
      const patch = applicationPatch(view(spec), { index, tool, wanted })
      const added = patch.findIndex(({ path }) => path.endsWith('/-'))
      const before = added < 0 ? patch : patch.slice(0, added)
      const ours = before.filter(({ op, value: was }) => op === 'test' && typeof was === 'string')
      for (const { path } of ours) {
        const changed = applyJsonPatch({ spec }, [{ op: 'replace', path, value: 'changed by somebody else' }])
        assert.throws(() => applyJsonPatch(changed, patch), /test failed/)
      }
      for (const add of patch.filter(({ op, path }) => op === 'add' && path.endsWith('/-'))) {
        const rival = typeof add.value === 'string' ? `${add.value}-x` : { ...(add.value as object), value: 'x' }
        const changed = applyJsonPatch({ spec }, [{ ...add, value: rival }])
        assert.throws(() => applyJsonPatch(changed, patch), /test failed/)
      }
      const other = applyJsonPatch({ spec }, [{ op: 'add', path: '/spec/project', value: 'theirs' }])
      assert.equal(applyJsonPatch(other, patch).spec['project'], 'theirs')
    }),
    { numRuns: 300 },
  )
})
