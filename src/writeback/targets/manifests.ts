import { imageClaims } from '../../core/applications/conflicts.ts'
import { manifestsEdit, type ManifestsPlace, type ManifestsRead } from '../../core/targets/manifests.ts'
import type { SourceFile } from '../../core/targets/source-file.ts'
import type { GitFile } from '../git-file.ts'
import type { Found, GitTarget, TargetParts } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { gitFileOf, pathFile } from './path-file.ts'
import { createStateMemory } from './state-memory.ts'
import { plainTexts } from './texts.ts'
import { throwIfKustomized } from './kustomized.ts'
import { unsupported } from './unsupported.ts'

/** Target `manifests`: wherever the image stands in the YAML files of the source's folder, or at the policy's path, and below. */
export function createManifestsTarget({ argocdNamespace, work }: TargetParts): GitTarget {
  const memory = createStateMemory<ManifestsRead>()
  const winners = createStateMemory<string | undefined>()
  return {
    // What a folder and an image come to, and to whom comments give it, only a look tells.
    claims: () => [],
    possible: (linked, branchOf) => {
      const place = pathFile(linked)
      const file = place.ok ? gitFile(linked, place.value) : undefined
      const branch = file === undefined ? undefined : branchOf(file)
      return file === undefined || branch === undefined ? [] : imageClaims({ ...file, branch }, linked.spec.image)
    },
    find: async (linked, look) => {
      const folder = pathFile(linked)
      if (!folder.ok) throw unsupported(folder.fault)
      const file = gitFile(linked, folder.value)
      const spot = await look.spot(file)
      const paths = await look.list(spot, folder.value.path)
      const { policy, spec } = linked
      const owner = { image: spec.image, marker: `${policy.namespace}:${policy.name}` }
      const place: ManifestsPlace = { folder: folder.value.path, paths, owner, digest: spec.writeBack.digest }
      const files = plainTexts(await look.texts(spot, paths))
      const { holding, sites, state } = await memory.recall([place, ...files], () =>
        work.do(place.folder || '/', 'readManifests', place, files),
      )
      if (state.kind === 'known')
        await throwIfKustomized(linked, { file, spot, holding, sites }, { argocdNamespace, look, winners, work })
      const edit: Found['edit'] = (wish) =>
        wish === undefined ? undefined : manifestsEdit({ ...place, paths: holding }, wish)
      const written = sites.map(({ path, at }) => ({ path, name: `${path}: ${at}` }))
      return { file, spot, paths: holding, written, state, edit }
    },
  }
}

/** With a slash at its end: what is below it counts. */
function gitFile(linked: LinkedTarget, at: SourceFile): GitFile {
  const file = gitFileOf(linked, at)
  const isFile = /\.(ya?ml|json)$|(^|\/)Kustomization$/.test(file.path)
  return isFile || file.path === '' ? file : { ...file, path: `${file.path}/` }
}
