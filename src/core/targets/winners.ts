import { parseAllDocuments } from 'yaml'
import type { ApplicationSource } from '../applications/application.ts'
import { splitImage } from './entries.ts'
import { reaches, stepsOf } from './key-steps.ts'
import { readYaml } from './yaml-file.ts'
import { findKey } from './yaml-find.ts'
import { membersOf } from './yaml-node.ts'

/** A file, and its text; undefined: there is none. */
export interface FileAt {
  readonly path: string
  readonly text: string | undefined
}

/** All that may win over a values file. */
export interface Winners {
  readonly source: ApplicationSource
  /** `.argocd-source.yaml` and the Application's own override file. */
  readonly folderOverride: FileAt
  readonly override: FileAt
  /** Values files that are read after it. */
  readonly later: readonly FileAt[]
}

/** Says what sets one of these keys so that a values file does not count for it; undefined: nothing does. */
export function winnerOver(path: string, names: readonly string[], winners: Winners): string | undefined {
  for (const name of names) {
    const winner = winnerOf(name, winners)
    if (winner !== undefined)
      return `${name} is set by ${winner}, which wins over ${path}; take it out there, or write there by another target`
  }
  return undefined
}

/** Says what sets an image of this name so that a kustomization file does not count for it; undefined: nothing does. */
export function imageWinnerOver(path: string, name: string, winners: Omit<Winners, 'later'>): string | undefined {
  const list = imagesOver(winners)
  if (list?.images.some((image) => splitImage(image).name === name) !== true) return undefined
  return `${name} is set by ${list.where}, which wins over ${path}; take it out there, or write there by another target`
}

/** The images that Argo CD sets on the kustomization that it renders, and where they stand. */
export function imagesOver({
  source,
  folderOverride,
  override,
}: Omit<Winners, 'later'>): { readonly where: string; readonly images: readonly string[] } | undefined {
  const lists = [
    ...[override, folderOverride].map((file) => ({ where: file.path, images: imagesIn(file.text) })),
    { where: 'kustomize.images of the Application', images: source.kustomize?.images },
  ]
  // A list in a file replaces the one below it.
  return lists.flatMap(({ where, images }) => (images === undefined ? [] : [{ where, images }])).at(0)
}

function imagesIn(text: string | undefined): readonly string[] | undefined {
  const { images } = membersOf(membersOf(plainValue(text))['kustomize'])
  return Array.isArray(images) ? images.filter((image) => typeof image === 'string') : undefined
}

function winnerOf(name: string, { source: { helm }, folderOverride, override, later }: Winners): string | undefined {
  const files = [override, folderOverride].map((file) => ({ ...file, helm: helmIn(file.text) }))
  const lists = [
    ...files.map(({ path, helm: { parameters } }) => ({ where: path, parameters })),
    { where: 'helm.parameters of the Application', parameters: helm?.parameters?.map((parameter) => parameter.name) },
  ]
  // A list in a file replaces the one below it.
  const list = lists.find(({ parameters }) => parameters !== undefined)
  if (list?.parameters?.some((parameter) => sets(parameter, name)) === true) return list.where
  if (helm?.fileParameters?.some((parameter) => sets(parameter, name)) === true)
    return 'helm.fileParameters of the Application'
  const texts = [
    ...files.flatMap(({ path, helm: { values } }) => values.map((text) => ({ where: path, text }))),
    { where: 'helm.values or helm.valuesObject of the Application', text: helm?.values },
    ...later.toReversed().map(({ path, text }) => ({ where: path, text })),
  ]
  return texts.find(({ text }) => text !== undefined && hasKey(text, name))?.where
}

function sets(parameter: string, name: string): boolean {
  return reaches(stepsOf(parameter), stepsOf(name))
}

/** Whether values say anything at a key, or in the place of a map that would hold it. */
function hasKey(text: string, name: string): boolean {
  const file = readYaml(text)
  return file.ok && findKey(file.value, stepsOf(name)).kind !== 'missing'
}

/** What an override file sets of Helm: names of parameters (undefined: no list), and values as texts. */
function helmIn(text: string | undefined): { parameters: readonly string[] | undefined; values: readonly string[] } {
  const { parameters, values, valuesObject } = membersOf(membersOf(plainValue(text))['helm'])
  const names = Array.isArray(parameters) ? parameters.map(nameOf) : undefined
  const texts = [valuesObject === undefined ? undefined : JSON.stringify(valuesObject), values]
  return { parameters: names, values: texts.filter((each) => typeof each === 'string') }
}

function nameOf(parameter: unknown): string {
  const { name } = membersOf(parameter)
  return typeof name === 'string' ? name : ''
}

/** The value of a text's first document. Of what is no YAML nothing can be told; Argo CD can't read it either. */
export function plainValue(text: string | undefined): unknown {
  const [document] = text === undefined ? [] : parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' })
  try {
    return document === undefined || document.errors.length > 0 ? undefined : document.toJS()
  } catch {
    return undefined
  }
}
