import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isValueFile, namedValueFiles } from '../../../src/core/targets/value-file.ts'
import { application, source } from '../build-application.ts'

const lent = source({ repoURL: 'https://git.example.com/acme/values', path: undefined, ref: 'values' })

function named(...valueFiles: readonly string[]) {
  const reader = source({ helm: { parameters: undefined, valueFiles } })
  return namedValueFiles(reader, application({ sources: [reader, lent] }), 'argocd')
}

const rows: readonly [text: string, path: string | undefined, isGlob: boolean][] = [
  ['values.yaml', 'apps/web/values.yaml', false],
  ['$values/envs/$ARGOCD_APP_NAME.yaml', 'envs/web.yaml', false],
  ['envs/*.yaml', 'apps/web/envs/*.yaml', true],
  ['$values/$ARGOCD_APP_NAMESPACE/*.yaml', 'web/*.yaml', true],
  // Argo CD takes the name of a source that is not there for a variable that stands for nothing.
  ['$nobody/x.yaml', 'x.yaml', false],
  ['$ARGOCD_APP_REVISION.yaml', undefined, false],
  ['$values/../x.yaml', undefined, false],
  ['https://example.com/*.yaml', undefined, false],
]
for (const [text, path, isGlob] of rows)
  test(`${text} leads to ${path ?? 'nothing'}`, () => {
    const [file] = named(text)
    assert.equal(file?.path, path)
    assert.equal(file?.glob !== undefined, isGlob)
    assert.equal(file?.holder === lent, text.startsWith('$values') && path !== undefined)
  })

test('a pattern is itself, and what matches it', () => {
  const [file] = named('envs/*.yaml')
  assert.ok(file !== undefined)
  for (const at of ['apps/web/envs/*.yaml', 'apps/web/envs/a.yaml']) assert.equal(isValueFile(file, at), true)
  for (const at of ['apps/web/envs', 'apps/web/envs/x/a.yaml', 'envs/a.yaml'])
    assert.equal(isValueFile(file, at), false)
})
