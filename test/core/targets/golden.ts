import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { DigestMode, HelmPlaceSpec } from '../../../src/api/v1alpha1.ts'
import type { EditResult, Files } from '../../../src/core/targets/edit.ts'
import { applyEdit, type FileEdit } from '../../../src/core/targets/file-edit.ts'
import { parseRepository } from '../../../src/core/reference.ts'
import type { FileState } from '../../../src/core/targets/file-state.ts'
import type { Tool } from '../../../src/core/targets/source.ts'
import { targetOf, type Target } from '../../../src/core/targets/values.ts'

/** What a case of an edit says, whatever the target. */
export interface GoldenCase {
  readonly about: string
  readonly image?: string
  readonly helm?: readonly HelmPlaceSpec[]
  readonly kustomize?: string
  readonly digest?: DigestMode
  readonly createKeys?: boolean
  readonly decidedUpon: readonly (string | null)[]
  readonly to: string
  /** Written by UPDATE_GOLDEN=1. */
  readonly outcome?: unknown
}

/** A folder of a case: `before.yaml`, `case.json`, and `after.yaml` where the file is edited. */
export interface GoldenFolder {
  readonly name: string
  readonly golden: GoldenCase
  readonly before: string | undefined
}

const root = new URL('../../golden/', import.meta.url)

function read(target: string, name: string, file: string): string | undefined {
  const path = new URL(`${target}/${name}/${file}`, root)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** All cases of a target. */
export function goldenFolders(target: string): readonly GoldenFolder[] {
  return readdirSync(new URL(`${target}/`, root))
    .toSorted()
    .map((name) => ({
      name,
      golden: JSON.parse(read(target, name, 'case.json') ?? '') as GoldenCase,
      before: read(target, name, 'before.yaml'),
    }))
}

/** What the policy of a case writes. */
export function goldenTarget(golden: GoldenCase, tool: Tool): Target {
  const { image = 'ghcr.io/acme/web', helm = [{ tag: 'image.tag' }], kustomize, digest = 'never' } = golden
  const repository = parseRepository(image)
  assert.ok(repository.ok)
  const writeBack = { method: 'git', helm, kustomizeName: kustomize, digest, refresh: true, git: undefined } as const
  return targetOf({ image: repository.value, writeBack }, tool)
}

/** What was decided upon in a case. */
export function goldenWish({ to, decidedUpon }: GoldenCase) {
  return { to, decidedUpon: { values: decidedUpon.map((value) => value ?? undefined) } }
}

/** Compares what an edit of one file comes to with the case, or writes it there when UPDATE_GOLDEN is 1. */
export function compare(
  target: string,
  { name, golden, before }: GoldenFolder,
  { edit, state }: { edit: FileEdit; state: (files: Files) => FileState },
): void {
  const files: Files = new Map([[edit.path, before]])
  const result = applyEdit(edit, files)
  const text = result.kind === 'edited' ? result.text : undefined
  const outcome = { state: told(state(files)), result: resultTold(result) }
  if (process.env['UPDATE_GOLDEN'] === '1') update(target, name, { golden: { ...golden, outcome }, text })
  assert.deepEqual(outcome, golden.outcome)
  assert.equal(text, read(target, name, 'after.yaml'))
  if (text === undefined) return
  const after: Files = new Map([[edit.path, text]])
  assert.deepEqual(applyEdit(edit, after), { kind: 'unchanged' }, 'a second time there is nothing to do')
  const settled = state(after)
  assert.ok(settled.kind === 'known')
  assert.deepEqual([settled.value, settled.complete], [golden.to, true])
}

function resultTold(result: EditResult): unknown {
  if (result.kind !== 'edited') return result
  const { text: _text, others: _others, ...rest } = result
  return rest
}

/** As JSON has it: what is undefined is null in a list, and left out elsewhere. */
function told(state: FileState): unknown {
  return JSON.parse(JSON.stringify(state))
}

function update(
  target: string,
  name: string,
  { golden, text }: { golden: GoldenCase; text: string | undefined },
): void {
  const lines = Object.entries(golden).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  writeFileSync(new URL(`${target}/${name}/case.json`, root), `{\n${lines.join(',\n')}\n}\n`)
  if (text !== undefined) writeFileSync(new URL(`${target}/${name}/after.yaml`, root), text)
}
