import { test } from 'node:test'
import { kustomizationEdit, readKustomization } from '../../../src/core/targets/kustomization.ts'
import { compare, goldenFolders, goldenTarget, goldenWish } from './golden.ts'

for (const folder of goldenFolders('kustomization'))
  test(`${folder.name}: ${folder.golden.about}`, () => {
    const { golden } = folder
    const place = { path: 'web/kustomization.yaml', target: goldenTarget(golden, 'kustomize') }
    compare('kustomization', folder, {
      edit: kustomizationEdit(place, goldenWish(golden)),
      state: (files) => readKustomization(place, files),
    })
  })
