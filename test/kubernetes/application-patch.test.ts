// The patches that core/targets makes, on a real API server: its JSON Patch has edges that RFC 6902 leaves open.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { applicationPatch, type PatchOperation } from '../../src/core/targets/application-patch.ts'
import { entriesOf, imageEntry, type ListEntry } from '../../src/core/targets/entries.ts'
import type { Tool } from '../../src/core/targets/source.ts'
import { KubernetesApiError } from '../../src/kubernetes/api-error.ts'
import { parseApplication } from '../../src/core/applications/parse-application.ts'
import { applicationObject, operatorAccess, paths, type Access } from './access.ts'

let access: Access

before(async () => {
  access = await operatorAccess()
})
after(async () => await access.close())

const git = { repoURL: 'https://git.example.com/acme/config', path: 'web', targetRevision: 'main' }
const tag: readonly ListEntry[] = [{ name: 'image.tag', value: '1.5.0', forceString: true }]
const image = [imageEntry('acme/web:1.5.0')]
const replicas = { name: 'replicas', value: '3' }

interface Row {
  readonly name: string
  readonly spec: object
  readonly index?: number
  readonly tool?: Tool
  readonly wanted?: readonly ListEntry[]
  /** What somebody else does between our reading and our patch. */
  readonly rival?: PatchOperation
  readonly result: 'patched' | 'moved'
}

const addTag = { op: 'add', path: '/spec/source/helm/parameters/-', value: { name: 'image.tag', value: '9' } } as const
const helm = (...parameters: object[]) => ({ source: { ...git, helm: { parameters } } })

const rows: readonly Row[] = [
  { name: 'no-section', spec: { source: git }, result: 'patched' },
  { name: 'no-list', spec: { source: { ...git, helm: { releaseName: 'x' } } }, result: 'patched' },
  { name: 'empty-list', spec: helm(), result: 'patched' },
  { name: 'missing', spec: helm(replicas), result: 'patched' },
  { name: 'standing', spec: helm(replicas, { name: 'image.tag', value: '1', forceString: true }), result: 'patched' },
  { name: 'unforced', spec: helm({ name: 'image.tag', value: '1.5.0' }), result: 'patched' },
  { name: 'valueless', spec: helm({ name: 'image.tag' }), result: 'patched' },
  {
    name: 'several',
    spec: {
      sources: [
        { ...git, ref: 'r' },
        { ...git, chart: 'web', path: '' },
      ],
    },
    index: 1,
    result: 'patched',
  },
  { name: 'no-images', spec: { source: git }, tool: 'kustomize', wanted: image, result: 'patched' },
  {
    name: 'images',
    spec: { source: { ...git, kustomize: { images: ['a:1', 'acme/web:1'] } } },
    tool: 'kustomize',
    wanted: image,
    result: 'patched',
  },
  {
    name: 'section-came',
    spec: { source: git },
    rival: { op: 'add', path: '/spec/source/helm', value: {} },
    result: 'moved',
  },
  { name: 'same-name-came', spec: helm(replicas), rival: addTag, result: 'moved' },
  {
    name: 'list-went',
    spec: helm(replicas),
    rival: { op: 'add', path: '/spec/source/helm', value: {} },
    result: 'moved',
  },
  {
    name: 'value-changed',
    spec: helm({ name: 'image.tag', value: '1' }),
    rival: { op: 'replace', path: '/spec/source/helm/parameters/0/value', value: '2' },
    result: 'moved',
  },
  {
    name: 'order-changed',
    spec: helm({ name: 'image.tag', value: '1' }),
    rival: { op: 'add', path: '/spec/source/helm/parameters/0', value: replicas },
    result: 'moved',
  },
  {
    name: 'sources-changed',
    spec: { sources: [git, { ...git, path: 'b' }] },
    rival: { op: 'add', path: '/spec/sources/0', value: { ...git, path: 'c' } },
    result: 'moved',
  },
  {
    name: 'another-changed',
    spec: helm(replicas),
    rival: { op: 'replace', path: '/spec/source/helm/parameters/0/value', value: '5' },
    result: 'patched',
  },
]

for (const { name, spec, index = 0, tool = 'helm', wanted = tag, rival, result } of rows) {
  test(`${name}: ${result}`, async () => {
    const object = applicationObject(name) as { spec: { source: object } }
    const { source: _, ...rest } = object.spec
    await access.cluster.api('POST', paths(access.namespace).applications, { ...object, spec: { ...rest, ...spec } })
    const path = `${paths(access.namespace).applications}/${name}`
    const operations = applicationPatch(parseApplication(await access.client.get(path)), { index, tool, wanted })
    const send = async (patch: readonly PatchOperation[]) =>
      await access.client.patch(path, { kind: 'json', operations: patch })
    if (rival !== undefined) await send([rival])
    if (result === 'moved') {
      await assert.rejects(
        send(operations),
        (error) => error instanceof KubernetesApiError && error.code === 422 && !error.hasCauses,
      )
      return
    }
    const after = parseApplication(await send(operations)).sources[index]
    assert.ok(after !== undefined)
    const entries = entriesOf(after, tool) ?? []
    assert.deepEqual(
      entries.filter((entry) => entry.name === wanted[0]?.name),
      wanted,
    )
    if (rival !== undefined) assert.equal(entries.find((entry) => entry.name === 'replicas')?.value, '5')
  })
}
