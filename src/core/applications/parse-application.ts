import type { Application, ApplicationSource, HelmParameter } from './application.ts'
import { namedType } from '../targets/source-type.ts'
import { fieldsOf, isFields, listOf, textMapOf, textOf, textsOf, type Fields } from '../fields.ts'

/** An object of Kubernetes, as far as it is needed to tell it from others. */
interface NamedObject extends Fields {
  readonly metadata: Fields & { readonly name: string; readonly namespace?: string; readonly resourceVersion: string }
}

/** Reads an Argo CD Application; whatever is missing or of another shape counts as absent. */
export function parseApplication(object: NamedObject): Application {
  const { metadata } = object
  const spec = fieldsOf(object['spec'])
  const status = fieldsOf(object['status'])
  const hydrator = isFields(spec['sourceHydrator']) ? spec['sourceHydrator'] : undefined
  const multiple = hydrator === undefined && listOf(spec['sources']).length > 0
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: textOf(metadata['uid']) ?? '',
    resourceVersion: metadata.resourceVersion,
    labels: textMapOf(metadata['labels']),
    annotations: annotationsOf(metadata['annotations']),
    owners: listOf(metadata['ownerReferences']).map(fieldsOf).map(parseOwner),
    // As Argo CD reads an empty one.
    project: textOf(spec['project']) || 'default',
    destinationNamespace: textOf(fieldsOf(spec['destination'])['namespace']) ?? '',
    ...(hydrator === undefined ? plainSources(spec, status, multiple) : drySource(hydrator, status)),
    multiple,
    comparisonErrors: comparisonErrorsOf(status),
    health: textOf(fieldsOf(status['health'])['status']),
    images: textsOf(fieldsOf(status['summary'])['images']),
    history: listOf(status['history'])
      .map(fieldsOf)
      .map(parseDeployment)
      .filter(({ deployedAt }) => !Number.isNaN(deployedAt)),
  }
}

type Sources = Pick<Application, 'sources' | 'hydrated' | 'sourceTypes' | 'sync'>

function plainSources(spec: Fields, status: Fields, multiple: boolean): Sources {
  return {
    sources: sourcesOf(spec),
    hydrated: false,
    sourceTypes: multiple ? textsByIndex(status['sourceTypes']) : textsOf([status['sourceType']]),
    sync: parseSync(fieldsOf(status['sync']), multiple),
  }
}

/** As Argo CD reads it: `source` and `sources` beside a `sourceHydrator` are ignored. Its status tells of the hydrated branch. */
function drySource({ drySource: dry }: Fields, status: Fields): Sources {
  const { drySHA, hydratedSHA, sourceHydrator } = fieldsOf(
    fieldsOf(status['sourceHydrator'])['lastSuccessfulOperation'],
  )
  const { status: sync, revision } = fieldsOf(status['sync'])
  const isCompared = textOf(hydratedSHA) !== undefined && hydratedSHA === revision
  return {
    sources: isFields(dry) ? [parseSource(dry)] : [],
    hydrated: true,
    sourceTypes: [namedType(fieldsOf(dry))],
    sync: {
      status: textOf(sync),
      revisions: isCompared ? textsOf([drySHA]) : [],
      comparedTo: isCompared ? sourcesOf({ source: fieldsOf(sourceHydrator)['drySource'] }) : [],
    },
  }
}

function parseSync(sync: Fields, multiple: boolean): Application['sync'] {
  return {
    status: textOf(sync['status']),
    revisions: multiple ? textsByIndex(sync['revisions']) : textsOf([sync['revision']]),
    comparedTo: sourcesOf(fieldsOf(sync['comparedTo'])),
  }
}

function parseDeployment(deployment: Fields): Application['history'][number] {
  return { deployedAt: Date.parse(textOf(deployment['deployedAt']) ?? ''), sources: sourcesOf(deployment) }
}

function parseOwner(owner: Fields): { kind: string; name: string } {
  return { kind: textOf(owner['kind']) ?? '', name: textOf(owner['name']) ?? '' }
}

/** kubectl's copy of the whole object is left out: it would double what is kept in memory. */
function annotationsOf(value: unknown): Readonly<Record<string, string>> {
  const { ['kubectl.kubernetes.io/last-applied-configuration']: _, ...annotations } = textMapOf(value)
  return annotations
}

function comparisonErrorsOf(status: Fields): readonly string[] {
  const errors = listOf(status['conditions'])
    .map(fieldsOf)
    .filter((condition) => condition['type'] === 'ComparisonError')
  return errors.map((condition) => textOf(condition['message']) ?? '')
}

/** As Argo CD reads them: a `source` beside `sources` is ignored. */
function sourcesOf(holder: Fields): readonly ApplicationSource[] {
  const several = listOf(holder['sources'])
  if (several.length > 0) return several.map(fieldsOf).map(parseSource)
  return isFields(holder['source']) ? [parseSource(holder['source'])] : []
}

function parseSource(source: Fields): ApplicationSource {
  const { helm, kustomize } = source
  return {
    repoURL: textOf(source['repoURL']) ?? '',
    path: textOf(source['path']),
    targetRevision: textOf(source['targetRevision']),
    chart: textOf(source['chart']),
    name: textOf(source['name']),
    ref: textOf(source['ref']),
    helm: isFields(helm) ? parseHelm(helm) : undefined,
    kustomize: isFields(kustomize)
      ? { images: Array.isArray(kustomize['images']) ? textsByIndex(kustomize['images']) : undefined }
      : undefined,
  }
}

function parseHelm(helm: Fields): ApplicationSource['helm'] {
  const { parameters, valueFiles, fileParameters, values, valuesObject } = helm
  const files = listOf(fileParameters).map((parameter) => textOf(fieldsOf(parameter)['name']) ?? '')
  // As Argo CD reads them: text beside an object is ignored.
  const inline = isFields(valuesObject) ? JSON.stringify(valuesObject) : textOf(values)
  return {
    parameters: Array.isArray(parameters) ? parameters.map(fieldsOf).map(parseParameter) : undefined,
    valueFiles: textsOf(valueFiles),
    ...(files.length === 0 ? {} : { fileParameters: files }),
    ...(inline === undefined || inline === '' ? {} : { values: inline }),
  }
}

function parseParameter(parameter: Fields): HelmParameter {
  const { forceString } = parameter
  return {
    name: textOf(parameter['name']) ?? '',
    value: textOf(parameter['value']) ?? '',
    ...(typeof forceString === 'boolean' ? { forceString } : {}),
  }
}

/** Each text in its place: a JSON Patch tells an entry by its index. */
function textsByIndex(value: unknown): readonly string[] {
  return listOf(value).map((item) => textOf(item) ?? '')
}
