import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sourceTypes } from '../../../src/core/targets/source-type.ts'

const folders: Readonly<Record<string, readonly string[]>> = {
  '': ['apps', 'README.md'],
  chart: ['Chart.yaml', 'values.yaml'],
  overlay: ['kustomization.yml'],
  both: ['Chart.yaml', 'Kustomization'],
  plain: ['deployment.yaml'],
}
const namesIn = (path: string) => folders[path]

const rows: readonly (readonly [source: object, type: string])[] = [
  [{ path: 'chart' }, 'Helm'],
  [{ path: './chart/' }, 'Helm'],
  [{ path: 'overlay' }, 'Kustomize'],
  [{ path: 'both' }, 'Kustomize'],
  [{ path: 'plain' }, 'Directory'],
  [{ path: '.' }, 'Directory'],
  [{ path: 'elsewhere' }, ''],
  [{ path: '../chart' }, ''],
  [{ path: 'plain', helm: { valueFiles: ['a.yaml'] } }, 'Helm'],
  [{ path: 'plain', helm: { valueFiles: [] } }, 'Directory'],
  [{ path: 'chart', kustomize: { images: ['a:1'] } }, 'Kustomize'],
  [{ path: 'chart', directory: { recurse: true } }, 'Directory'],
  [{ path: 'chart', plugin: { name: 'x' } }, 'Plugin'],
  [{ path: 'chart', helm: { releaseName: 'x' }, kustomize: { namePrefix: 'x' } }, ''],
  [{ chart: 'web' }, 'Helm'],
  [{ ref: 'values' }, ''],
]

for (const [source, type] of rows)
  test(`${JSON.stringify(source)} is of type ${type || 'nobody knows'}`, () =>
    assert.deepEqual(sourceTypes({ source }, namesIn), [type]))

test('of a hydrated source the dry one is told, whatever stands beside it', () => {
  const sourceHydrator = { drySource: { path: 'overlay' }, syncSource: { targetBranch: 'env/prod', path: 'plain' } }
  assert.deepEqual(sourceTypes({ sourceHydrator, source: { path: 'chart' } }, namesIn), ['Kustomize'])
})

test('several sources are told one by one, and one beside them does not count', () => {
  const sources = [{ path: 'chart' }, { path: 'overlay' }]
  assert.deepEqual(sourceTypes({ sources, source: { path: 'plain' } }, namesIn), ['Helm', 'Kustomize'])
})
