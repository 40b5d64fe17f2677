import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refreshModeFor } from '../../../src/core/applications/refresh.ts'
import { application, source } from '../build-application.ts'

const own = 'apps/web/.argocd-source-web.yaml'

const rows: readonly [paths: string | undefined, changed: readonly string[], mode: 'normal' | 'hard'][] = [
  [undefined, [own], 'normal'],
  ['', [own], 'normal'],
  [' ; ', [own], 'normal'],
  ['.', [own], 'normal'],
  ['../', [own], 'normal'],
  ['/apps/web', [own], 'normal'],
  ['/apps', [own], 'normal'],
  ['/', [own], 'normal'],
  ['templates', [own], 'hard'],
  ['/apps/we', [own], 'hard'],
  ['templates;.', [own], 'normal'],
  ['templates; /apps/web', [own], 'normal'],
  ['../web', [own], 'normal'],
  ['../../api', [own], 'hard'],
  ['../../../..', [own], 'normal'],
  ['/apps/*/.argocd-source-web.yaml', [own], 'normal'],
  ['*.yaml', [own], 'normal'],
  ['/apps/*', [own], 'hard'],
  ['.', [own, 'shared/values.yaml'], 'hard'],
  ['.;/shared', [own, 'shared/values.yaml'], 'normal'],
]
for (const [paths, changed, mode] of rows) {
  test(`manifest-generate-paths ${JSON.stringify(paths)}, ${changed.length} changed: ${mode}`, () => {
    const annotations: Record<string, string> =
      paths === undefined ? {} : { 'argocd.argoproj.io/manifest-generate-paths': paths }
    assert.equal(refreshModeFor(application({ annotations }), changed), mode)
  })
}

test('relative paths belong to each source', () => {
  const app = application({
    sources: [source({ path: 'a' }), source({ path: 'b' })],
    annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.' },
  })
  assert.equal(refreshModeFor(app, ['b/x']), 'normal')
  assert.equal(refreshModeFor(app, ['c/x']), 'hard')
})
