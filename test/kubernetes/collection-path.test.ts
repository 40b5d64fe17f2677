import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectionPath } from '../../src/kubernetes/collection-path.ts'

const rows: readonly (readonly [path: string, ...words: Parameters<typeof collectionPath>])[] = [
  ['/api/v1/secrets', '', 'v1', 'secrets'],
  ['/api/v1/namespaces/argocd/secrets', '', 'v1', 'secrets', 'argocd'],
  ['/apis/argoproj.io/v1alpha1/applications', 'argoproj.io', 'v1alpha1', 'applications'],
  ['/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', 'argoproj.io', 'v1alpha1', 'applications', 'argocd'],
]
for (const [path, ...words] of rows) test(path, () => assert.equal(collectionPath(...words), path))
