import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasChanged } from '../../src/kubernetes/application-changes.ts'
import { parseApplication } from '../../src/core/applications/parse-application.ts'

interface Parts {
  readonly metadata?: object
  readonly spec?: object
  readonly status?: object
}

const source = { repoURL: 'https://git.example.com/config.git', path: 'chart', targetRevision: 'main' }

function application({ metadata = {}, spec = {}, status = {} }: Parts) {
  return parseApplication({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd', resourceVersion: '1', uid: 'u', ...metadata },
    spec: { project: 'default', source, ...spec },
    status: {
      sourceType: 'Helm',
      sync: { status: 'Synced', revision: '1a' },
      health: { status: 'Healthy' },
      ...status,
    },
  })
}

const counts: readonly [what: string, parts: Parts][] = [
  ['a source', { spec: { source: { ...source, targetRevision: 'next' } } }],
  ['a parameter', { spec: { source: { ...source, helm: { parameters: [{ name: 'a', value: '1' }] } } } }],
  ['the project', { spec: { project: 'shop' } }],
  ['a label', { metadata: { labels: { tier: 'front' } } }],
  ['an owner', { metadata: { ownerReferences: [{ kind: 'ApplicationSet', name: 'all' }] } }],
  ['the word to resume', { metadata: { annotations: { 'imageupdate.dev/resumedAt': 'now' } } }],
  ['the wish for a refresh', { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } }],
  ['the watched paths', { metadata: { annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.' } } }],
  ['the source type', { status: { sourceType: 'Kustomize' } }],
  ['an error of comparison', { status: { conditions: [{ type: 'ComparisonError', message: 'no' }] } }],
  ['the sync status', { status: { sync: { status: 'OutOfSync', revision: '1a' } } }],
  ['the revision', { status: { sync: { status: 'Synced', revision: '2b' } } }],
  ['what was compared', { status: { sync: { status: 'Synced', revision: '1a', comparedTo: { source } } } }],
  ['health', { status: { health: { status: 'Degraded' } } }],
  ['live images', { status: { summary: { images: ['r/web:1'] } } }],
  ['itself: deleted and made anew', { metadata: { uid: 'other' } }],
]
for (const [what, parts] of counts)
  test(`an Application has changed when this did: ${what}`, () =>
    assert.equal(hasChanged(application({}), application(parts)), true))

const doesNot: readonly [what: string, parts: Parts][] = [
  ['its resourceVersion', { metadata: { resourceVersion: '2' } }],
  ['some other annotation', { metadata: { annotations: { note: 'hello' } } }],
  ['when Argo CD looked last', { status: { reconciledAt: '2026-01-01T00:00:00Z' } }],
  ['a sync that runs', { status: { operationState: { phase: 'Running' } } }],
  ['its list of resources', { status: { resources: [{ kind: 'Deployment', name: 'web' }] } }],
  ['what was deployed before', { status: { history: [{ id: 1, deployedAt: '2026-01-01T00:00:00Z', source }] } }],
  ['its destination', { spec: { destination: { namespace: 'other' } } }],
]
for (const [what, parts] of doesNot)
  test(`an Application has not changed when this did: ${what}`, () =>
    assert.equal(hasChanged(application({}), application(parts)), false))

test('one that appears or goes has changed', () => {
  assert.equal(hasChanged(undefined, application({})), true)
  assert.equal(hasChanged(application({}), undefined), true)
})
