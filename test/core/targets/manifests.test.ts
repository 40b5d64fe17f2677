import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRepository } from '../../../src/core/reference.ts'
import { applyEdit } from '../../../src/core/targets/file-edit.ts'
import { manifestsEdit, readManifests } from '../../../src/core/targets/manifests.ts'
import { compare, goldenFolders, goldenTarget, goldenWish } from './golden.ts'

for (const folder of goldenFolders('manifests'))
  test(`${folder.name}: ${folder.golden.about}`, () => {
    const { golden } = folder
    const { image } = goldenTarget(golden, 'kustomize')
    const place = {
      folder: 'web',
      paths: ['web/pod.yaml'],
      owner: { image, marker: 'argocd:web' },
      digest: golden.digest ?? 'never',
    } as const
    compare('manifests', folder, {
      edit: manifestsEdit(place, goldenWish(golden)),
      state: (files) => readManifests(place, files).state,
    })
  })

const image = parseRepository('ghcr.io/acme/web')
assert.ok(image.ok)
const pod = (tag: string) => `apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "ghcr.io/acme/web:${tag}"}]}\n`
const files = new Map([
  ['web/a.yaml', pod('1.4.2')],
  ['web/b.yaml', 'a: {{ .Values.b }}\n- c\n'],
  ['web/c.yaml', 'apiVersion: v1\nkind: Service\n'],
  ['web/d.yaml', pod('1.4.1')],
  ['web/e.yaml', undefined],
])
const place = {
  folder: 'web',
  paths: [...files.keys()],
  owner: { image: image.value, marker: 'argocd:web' },
  digest: 'never',
} as const

test('of many files those with the image are edited together, or none', () => {
  const { state, holding: paths } = readManifests(place, files)
  assert.deepEqual(paths, ['web/a.yaml', 'web/d.yaml'])
  assert.ok(state.kind === 'known')
  assert.deepEqual([state.value, state.values, state.complete], ['1.4.2', ['1.4.2', '1.4.1'], false])
  const edit = manifestsEdit({ ...place, paths }, { to: '1.5.0', decidedUpon: state })
  const result = applyEdit(edit, files)
  assert.ok(result.kind === 'edited')
  assert.deepEqual(
    [...(result.others ?? [])],
    paths.map((path) => [path, pod('1.5.0')]),
  )
  const moved = new Map(files).set('web/d.yaml', pod('1.4.3'))
  assert.equal(applyEdit(edit, moved).kind, 'moved')
  assert.equal(applyEdit(edit, new Map(files).set('web/a.yaml', undefined)).kind, 'moved', 'a file that is gone')
})

test('that the image stands nowhere is said, with how many files were looked at and skipped', () => {
  const others = { ...place, paths: ['web/b.yaml', 'web/c.yaml'] }
  const { state } = readManifests(others, files)
  assert.ok(state.kind === 'failed')
  assert.equal(
    state.message,
    'no container has image ghcr.io/acme/web in YAML files at web (2 looked at; 1 of these are no YAML (templates, perhaps) and were skipped)',
  )
})

test('names are told as they are spelled where a kustomization reaches them: in containers, and init containers', () => {
  const text = `apiVersion: v1
kind: Pod
image: ghcr.io/acme/web:1 # {"$imagepolicy": "argocd:web"}
spec:
  ephemeralContainers: [{image: "ghcr.io/acme/web:1"}]
  initContainers: [{image: "GHCR.io/acme/web:1@sha256:${'0'.repeat(64)}"}]
  containers:
  - image: &web ghcr.io/acme/web
  - image: *web
  - image: mirror/web:1 # {"$imagepolicy": "argocd:web"}
  - image: "1" # {"$imagepolicy": "argocd:web:tag"}
`
  const { sites } = readManifests({ ...place, paths: ['web/pod.yaml'] }, new Map([['web/pod.yaml', text]]))
  assert.deepEqual(
    sites.map(({ kustomizeName }) => kustomizeName),
    [undefined, undefined, 'GHCR.io/acme/web', 'ghcr.io/acme/web', 'mirror/web', undefined],
  )
})
