import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProject } from '../../src/kubernetes/parse-project.ts'

const metadata = { name: 'shop', namespace: 'argocd', resourceVersion: '7' }
const rows: readonly [name: string, spec: unknown, namespaces: readonly string[], repositories: readonly string[]][] = [
  [
    'what it allows',
    { sourceNamespaces: ['team-*'], sourceRepos: ['https://git.example.com/*'] },
    ['team-*'],
    ['https://git.example.com/*'],
  ],
  ['nothing, where it says nothing', {}, [], []],
  ['nothing, where there is no spec', undefined, [], []],
]
for (const [name, spec, sourceNamespaces, sourceRepos] of rows)
  test(`an AppProject tells ${name}`, () =>
    assert.deepEqual(parseProject({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }), {
      namespace: 'argocd',
      name: 'shop',
      sourceNamespaces,
      sourceRepos,
    }))
