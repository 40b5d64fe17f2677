import { reasons, type Reason } from '../../api/conditions.ts'
import type { GitTargetName } from '../../api/v1alpha1.ts'
import { backoff, onChange, ReconcileError } from '../../errors.ts'
import type { Application, ApplicationSource } from '../applications/application.ts'
import type { Linked } from '../applications/link.ts'
import type { ApplicationEntry } from '../policy.ts'
import { quoted } from '../text/quoted.ts'

/** The tools whose sources take a version: Helm by parameters, Kustomize by images. */
export type Tool = 'helm' | 'kustomize'

/** The source of a linked Application that is written to. */
export interface ChosenSource {
  /** Index in `application.sources`. */
  readonly index: number
  readonly source: ApplicationSource
  readonly tool: Tool
  /** As Argo CD spells it: `Helm` or `Kustomize`. */
  readonly sourceType: string
}

/** The source to write to, or why there is none; `index` undefined: it can't be told which one would be meant. */
export type SourceChoice =
  | ({ readonly kind: 'chosen' } & ChosenSource)
  | { readonly kind: 'failed'; readonly index: number | undefined; readonly error: ReconcileError }

/** A linked Application with the source to write to. */
export type LinkedSource = Linked & SourceChoice

/** What choosing a source needs to know of a policy. */
export interface SourceWish {
  /** How the policy writes. */
  readonly way: 'argocd' | GitTargetName
  /** Which of `writeBack.helm` and `writeBack.kustomize` the policy gives; both false: whatever fits. */
  readonly gives: { readonly helm: boolean; readonly kustomize: boolean }
  /** The type that a source had when it was last seen (`status.applications[].sourceType`); index as in `sources`. */
  readonly lastType: (application: Application, index: number) => string | undefined
}

const tools: Readonly<Record<string, Tool>> = { Helm: 'helm', Kustomize: 'kustomize' }

/** Chooses a source for each link; of several links that come to one source of an Application the first counts. */
export function chooseSources(linked: readonly Linked[], wish: SourceWish): readonly LinkedSource[] {
  const seen = new Set<string>()
  return linked
    .map((link): LinkedSource => ({ ...link, ...chooseSource(link.application, link.entry.source, wish) }))
    .filter(({ application, index }) => {
      const key = `${application.namespace}/${application.name}#${index}`
      const isFirst = !seen.has(key)
      seen.add(key)
      return isFirst
    })
}

function chooseSource(application: Application, wanted: ApplicationEntry['source'], wish: SourceWish): SourceChoice {
  const { sources } = application
  if (sources.length === 0) return failed(undefined, reasons.targetUnsupported, 'the Application has no source')
  const index = wanted === undefined && sources.length > 1 ? undefined : indexOf(sources, wanted)
  if (index === undefined) return wanted === undefined ? onlyFit(application, wish) : notFound(sources, wanted)
  return judge(application, index, wish)
}

function indexOf(sources: readonly ApplicationSource[], wanted: ApplicationEntry['source']): number | undefined {
  if (wanted === undefined) return 0
  if ('index' in wanted) return wanted.index < sources.length ? wanted.index : undefined
  const named = sources.findIndex(({ name }) => name === wanted.name)
  const found = named >= 0 ? named : sources.findIndex(({ ref }) => ref === wanted.name)
  return found >= 0 ? found : undefined
}

/** Several sources and none named: the only one that takes such a write. */
function onlyFit(application: Application, wish: SourceWish): SourceChoice {
  const judged = application.sources.map((_, index) => judge(application, index, wish))
  const fit = judged.filter((choice) => choice.kind === 'chosen').filter(({ tool }) => isGiven(tool, wish))
  const [first, second] = fit
  if (first !== undefined && second === undefined) return first
  if (first !== undefined) {
    const listed = fit.map(({ index, source }) => titleOf(source, index)).join(', ')
    const message = `several sources fit: ${listed}; say which in applications[].source`
    return failed(undefined, reasons.targetUnsupported, message)
  }
  const unready = judged.find(
    (choice) => choice.kind === 'failed' && choice.error.reason === reasons.applicationNotReady,
  )
  if (unready?.kind === 'failed') return { ...unready, index: undefined }
  const why = judged.map((choice, index) =>
    choice.kind === 'failed'
      ? choice.error.message
      : `${titleOf(choice.source, index)} is of type ${choice.sourceType}, for which the policy gives nothing`,
  )
  return failed(undefined, reasons.targetUnsupported, `none of the sources fits: ${why.join('; ')}`)
}

function isGiven(tool: Tool, { gives, way }: SourceWish): boolean {
  return way === 'manifests' || gives[tool] || (!gives.helm && !gives.kustomize)
}

function judge(application: Application, index: number, wish: SourceWish): SourceChoice {
  const source = application.sources[index]
  if (source === undefined) return failed(undefined, reasons.targetNotFound, `there is no source ${index}`)
  const unsupported = (why: string) => failed(index, reasons.targetUnsupported, `${titleOf(source, index)} ${why}`)
  if (isOnlyReferred(source))
    return unsupported('only lends files to other sources (ref); name the source that uses them')
  if ((source.chart ?? '') !== '' && ['override', 'manifests'].includes(wish.way))
    return unsupported(
      'is a chart from a Helm repository, in whose folder no file can be written; use writeBack.method: argocd, or git.target: helmValues for values files in git',
    )
  if (application.hydrated) return hydrated(application, { index, source }, wish)
  const sourceType = application.sourceTypes[index] || wish.lastType(application, index)
  if (sourceType === undefined || sourceType === '') return notReady(application, index)
  return fitting({ index, source, sourceType }, wish)
}

/** What Argo CD tells of such an Application is the type of the rendered branch: the dry source's own comes from its spec, or from the policy. */
function hydrated(
  { sourceTypes }: Application,
  { index, source }: { index: number; source: ApplicationSource },
  wish: SourceWish,
): SourceChoice {
  const unsupported = (why: string) => failed(index, reasons.targetUnsupported, `${titleOf(source, index)} ${why}`)
  if (wish.way === 'argocd')
    return unsupported(
      'is rendered by the source hydrator, which does so for commits and not for changed parameters; use writeBack.method: git',
    )
  const sourceType = sourceTypes[index] || typeMeant(wish)
  if (sourceType !== undefined) return fitting({ index, source, sourceType }, wish)
  return unsupported(
    'is rendered by the source hydrator, and of which type it is Argo CD does not tell: set writeBack.helm or writeBack.kustomize, or writeBack.git.target: helmValues or kustomization',
  )
}

function typeMeant({ way, gives }: SourceWish): string | undefined {
  if (way === 'helmValues') return 'Helm'
  if (way === 'kustomization') return 'Kustomize'
  if (way === 'manifests') return 'Directory'
  if (gives.helm === gives.kustomize) return undefined
  return gives.helm ? 'Helm' : 'Kustomize'
}

function fitting(
  { index, source, sourceType }: { index: number; source: ApplicationSource; sourceType: string },
  { way }: SourceWish,
): SourceChoice {
  // Manifests name an image as Kustomize does, whatever renders them.
  const tool = way === 'manifests' ? 'kustomize' : tools[sourceType]
  const unfit = tool === undefined ? whyNoTool(sourceType) : unfitFor[way]?.[tool]
  if (tool !== undefined && unfit === undefined) return { kind: 'chosen', index, source, tool, sourceType }
  return failed(index, reasons.targetUnsupported, `${titleOf(source, index)} ${unfit}`)
}

/** Why a target takes no source of this tool. */
const unfitFor: Readonly<Partial<Record<SourceWish['way'], Partial<Record<Tool, string>>>>> = {
  helmValues: {
    kustomize: 'is of type Kustomize, which has no values; use writeBack.git.target: kustomization or override',
  },
  kustomization: {
    helm: 'is of type Helm, which has no kustomization; use writeBack.git.target: helmValues or override',
  },
}

function whyNoTool(sourceType: string): string {
  return whyNot[sourceType] ?? `is of type ${quoted(sourceType)}; only Helm and Kustomize take an image`
}

const whyNot: Readonly<Record<string, string>> = {
  Directory:
    'is of type Directory (plain manifests), for which Argo CD takes neither parameters nor images; use writeBack.git.target: manifests, add a kustomization.yaml, or use a Helm chart',
  Plugin:
    'is rendered by a plugin, for which Argo CD takes neither parameters nor images; use writeBack.git.target: manifests, a Helm chart or a kustomization',
}

function isOnlyReferred({ ref, path, chart }: ApplicationSource): boolean {
  return ref !== undefined && (path ?? '') === '' && (chart ?? '') === ''
}

function notReady({ comparisonErrors: [error] }: Application, index: number): SourceChoice {
  const message =
    error === undefined
      ? 'Argo CD has not compared the Application yet'
      : `Argo CD can’t compare the Application: ${quoted(error)}`
  return { kind: 'failed', index, error: new ReconcileError(reasons.applicationNotReady, message, { retry: backoff }) }
}

function notFound(
  sources: readonly ApplicationSource[],
  wanted: NonNullable<ApplicationEntry['source']>,
): SourceChoice {
  const sought = 'index' in wanted ? `index ${wanted.index}` : `name or ref ${wanted.name}`
  const listed = sources.map(titleOf).join(', ')
  return failed(undefined, reasons.targetNotFound, `the Application has no source with ${sought}; it has ${listed}`)
}

function titleOf({ name, ref, path, chart, repoURL }: ApplicationSource, index: number): string {
  const place = path ?? chart
  const told = name ?? ref ?? (place === undefined || place === '' ? repoURL : place)
  return `source ${index} (${quoted(told)})`
}

function failed(index: number | undefined, reason: Reason, message: string): SourceChoice {
  return { kind: 'failed', index, error: new ReconcileError(reason, message, { retry: onChange }) }
}
