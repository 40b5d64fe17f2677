import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseDocument } from 'yaml'
import type { DigestMode, HelmPlaceSpec } from '../../../src/api/v1alpha1.ts'
import type { HelmParameter } from '../../../src/core/applications/application.ts'
import type { Files } from '../../../src/core/targets/edit.ts'
import { parseRepository } from '../../../src/core/reference.ts'
import { applyEdit } from '../../../src/core/targets/file-edit.ts'
import { overrideEdit, readOverride } from '../../../src/core/targets/override-file.ts'
import { overridePlace, type OverridePlace } from '../../../src/core/targets/override-place.ts'
import type { Tool } from '../../../src/core/targets/source.ts'
import { targetOf } from '../../../src/core/targets/values.ts'
import { application, source } from '../build-application.ts'

interface Case {
  readonly about: string
  readonly tool: Tool
  /** The Application's own list. */
  readonly own: readonly (HelmParameter | string)[]
  readonly image?: string
  readonly helm?: readonly HelmPlaceSpec[]
  readonly kustomize?: string
  readonly digest?: DigestMode
  /** Without it the case is a repair of carried entries. */
  readonly to?: string
  readonly decidedUpon?: readonly (string | null)[]
  /** Written by UPDATE_GOLDEN=1. */
  readonly outcome?: unknown
}

function placeOf({
  tool,
  own,
  image = 'ghcr.io/acme/web',
  helm = [{ tag: 'image.tag' }],
  kustomize,
  digest = 'never',
}: Case): OverridePlace {
  const repository = parseRepository(image)
  assert.ok(repository.ok)
  const writeBack = { method: 'git', helm, kustomizeName: kustomize, digest, refresh: true, git: undefined } as const
  const target = targetOf({ image: repository.value, writeBack }, tool)
  const list =
    tool === 'helm'
      ? { helm: { parameters: own.filter((item) => typeof item !== 'string'), valueFiles: [] } }
      : { kustomize: { images: own.filter((item) => typeof item === 'string') } }
  const names = { policy: 'argocd/web', argocdNamespace: 'argocd' }
  const place = overridePlace(application(), { source: source(list), tool }, target, names)
  assert.ok(place.ok)
  return place.value
}

const folder = new URL('../../golden/override/', import.meta.url)

function read(name: string, file: string): string | undefined {
  const path = new URL(`${name}/${file}`, folder)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

for (const name of readdirSync(folder).toSorted()) {
  const golden = JSON.parse(read(name, 'case.json') ?? '') as Case
  test(`${name}: ${golden.about}`, () => {
    const place = placeOf(golden)
    const { to, decidedUpon = [] } = golden
    const wish =
      to === undefined ? undefined : { to, decidedUpon: { values: decidedUpon.map((value) => value ?? undefined) } }
    const edit = overrideEdit(place, wish)
    const before: Files = new Map([
      [place.path, read(name, 'before.yaml')],
      [place.folderPath, read(name, 'folder.yaml')],
    ])
    const result = applyEdit(edit, before)
    const { text, ...told } = result.kind === 'edited' ? result : { ...result, text: undefined }
    const outcome = { state: stateOf(place, before), result: told }
    if (process.env['UPDATE_GOLDEN'] === '1') update(name, { ...golden, outcome }, text)
    assert.deepEqual(outcome, golden.outcome)
    assert.equal(text, read(name, 'after.yaml'))
    if (text === undefined) return
    const after: Files = new Map(before).set(place.path, text)
    assert.deepEqual(applyEdit(edit, after), { kind: 'unchanged' }, 'a second time there is nothing to do')
    const state = stateOf(place, after)
    assert.equal(state.carriedDue, false)
    if (to !== undefined) assert.deepEqual([state.value, state.complete], [to, true])
    for (const version of ['1.1', '1.2'] as const) assert.deepEqual(textsIn(text, version), textsIn(text, '1.2'))
  })
}

function stateOf(place: OverridePlace, files: Files) {
  // As JSON has it: what is undefined is left out.
  return JSON.parse(JSON.stringify(readOverride(place, files)))
}

function update(name: string, golden: object, text: string | undefined): void {
  const { about, outcome, ...rest } = golden as Case
  const lines = [['about', about], ...Object.entries(rest), ['outcome', outcome]].map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  writeFileSync(new URL(`${name}/case.json`, folder), `{\n${lines.join(',\n')}\n}\n`)
  if (text !== undefined) writeFileSync(new URL(`${name}/after.yaml`, folder), text)
}

function textsIn(text: string, version: '1.1' | '1.2'): unknown {
  const value = parseDocument(text, { version }).toJS() as Record<string, Record<string, unknown>>
  return [value['helm']?.['parameters'], value['kustomize']?.['images']]
}
