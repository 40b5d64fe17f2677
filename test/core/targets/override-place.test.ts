import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRepository } from '../../../src/core/reference.ts'
import { overrideReads } from '../../../src/core/targets/override-file.ts'
import { overridePlace } from '../../../src/core/targets/override-place.ts'
import { targetOf } from '../../../src/core/targets/values.ts'
import { application, source } from '../build-application.ts'

const repository = parseRepository('acme/web')
assert.ok(repository.ok)
const writeBack = {
  method: 'git',
  helm: [{ tag: 'image.tag' }],
  kustomizeName: undefined,
  digest: 'never',
  refresh: true,
  git: undefined,
} as const
const target = targetOf({ image: repository.value, writeBack }, 'helm')
const names = { policy: 'argocd/p', argocdNamespace: 'argocd' }

const rows: readonly [path: string | undefined, namespace: string, files: readonly string[] | RegExp][] = [
  ['apps/web', 'argocd', ['apps/web/.argocd-source-web.yaml', 'apps/web/.argocd-source.yaml']],
  ['./apps//web/', 'argocd', ['apps/web/.argocd-source-web.yaml', 'apps/web/.argocd-source.yaml']],
  ['/apps/web', 'argocd', ['apps/web/.argocd-source-web.yaml', 'apps/web/.argocd-source.yaml']],
  ['.', 'argocd', ['.argocd-source-web.yaml', '.argocd-source.yaml']],
  ['apps/web', 'team-a', ['apps/web/.argocd-source-team-a_web.yaml', 'apps/web/.argocd-source.yaml']],
  ['../web', 'argocd', /leaves the repository/],
  ['apps/../../web', 'argocd', /leaves the repository/],
  ['', 'argocd', /has no path/],
  [undefined, 'argocd', /has no path/],
]
for (const [path, namespace, files] of rows) {
  test(`a source at ${JSON.stringify(path)} of an Application in ${namespace}`, () => {
    const place = overridePlace(application({ namespace }), { source: source({ path }), tool: 'helm' }, target, names)
    if (files instanceof RegExp) assert.match(place.ok ? '' : place.fault, files)
    else assert.deepEqual(place.ok && overrideReads(place.value), files)
  })
}
