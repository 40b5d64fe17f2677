import type { EditResult, Files } from './edit.ts'
import { editValues, type ValuesEdit } from './helm-values.ts'
import { editKustomization, type KustomizationEdit } from './kustomization.ts'
import { editManifests, type ManifestsEdit } from './manifests.ts'
import { editOverride, type OverrideEdit } from './override-file.ts'

/** An edit of any target. */
export type FileEdit = ValuesEdit | KustomizationEdit | ManifestsEdit | OverrideEdit

/** Makes an edit: what it comes to on these texts, which are those of `path` and `reads`. */
export function applyEdit(edit: FileEdit, files: Files): EditResult {
  switch (edit.kind) {
    case 'values':
      return editValues(edit, files)
    case 'kustomization':
      return editKustomization(edit, files)
    case 'manifests':
      return editManifests(edit, files)
    case 'override':
      return editOverride(edit, files)
  }
}
