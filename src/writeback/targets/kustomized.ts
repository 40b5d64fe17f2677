import { kustomizationsIn } from '../../core/targets/kustomization.ts'
import { kustomizationsNear } from '../../core/targets/manifest-winners.ts'
import type { ManifestsRead } from '../../core/targets/manifests.ts'
import { sourceFolder } from '../../core/targets/override-place.ts'
import type { FileWork } from '../../core/targets/file-work.ts'
import type { FileAt } from '../../core/targets/winners.ts'
import type { GitSpot } from '../git-access.ts'
import type { GitFile } from '../git-file.ts'
import type { Look } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { overridesBeside, readBeside } from './beside.ts'
import type { StateMemory } from './state-memory.ts'
import { plainTexts } from './texts.ts'
import { unsupported } from './unsupported.ts'

/** Manifests in which an image was found. */
interface Manifests extends Pick<ManifestsRead, 'holding' | 'sites'> {
  readonly file: GitFile
  readonly spot: GitSpot
}

interface Means {
  readonly argocdNamespace: string
  readonly look: Look
  readonly winners: StateMemory<string | undefined>
  readonly work: FileWork
}

/**
 * Throws where the `images` of a kustomization, or those that Argo CD sets on it, win over manifests: what is written there
 * would be written for nothing.
 */
export async function throwIfKustomized(linked: LinkedTarget, manifests: Manifests, means: Means): Promise<void> {
  if (!mayBeKustomize(linked)) return
  const { file, spot, holding, sites } = manifests
  const { argocdNamespace, look, winners, work } = means
  const rendered = await renderedKustomization(linked, file, look)
  // Of which type a dry source is, nobody has told: where there is no kustomization, it is another.
  if (linked.application.hydrated && rendered.text === undefined) return
  const overrides = await overridesBeside(linked, file, { argocdNamespace, look })
  const near = plainTexts(await look.texts(spot, [...new Set(holding.flatMap(kustomizationsNear))]))
  const all = {
    source: linked.chosen.source,
    ...overrides,
    rendered,
    near: [...near].map(([path, text]) => ({ path, text })),
  }
  const about = rendered.path
  const winner = await winners.recall([sites, all], () => work.do(about, 'manifestWinner', sites, all))
  if (winner !== undefined) throw unsupported(winner)
}

function mayBeKustomize({ application, chosen }: LinkedTarget): boolean {
  const { index, sourceType } = chosen
  return application.hydrated
    ? ['', 'Kustomize'].includes(application.sourceTypes[index] ?? '')
    : sourceType === 'Kustomize'
}

/** The kustomization in the source's folder; without text where there is none, or it may not be looked at. */
async function renderedKustomization(linked: LinkedTarget, written: GitFile, look: Look): Promise<FileAt> {
  const { source: holder } = linked.chosen
  const folder = sourceFolder(holder)
  if (!folder.ok) return { path: '', text: undefined }
  const paths = kustomizationsIn(folder.value.replace(/\/$/, ''))
  const files = await Promise.all(paths.map((path) => readBeside(linked, written, { holder, path }, look)))
  return files.find(({ text }) => text !== undefined) ?? { path: paths[0], text: undefined }
}
