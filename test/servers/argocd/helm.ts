import { posix } from 'node:path'
import { parse } from 'yaml'
import type { HelmOptions } from './application.ts'
import { renderTemplate } from './helm-template.ts'
import { valuesFor } from './helm-values.ts'
import { isMap, parseManifests, type Manifest } from './manifests.ts'
import { RenderError } from './render-error.ts'

/** What a chart is rendered for; `valueFile` gives the text of one of the source's values files, undefined when it is missing. */
export interface HelmRelease {
  readonly name: string
  readonly namespace: string
  readonly options: HelmOptions
  readonly valueFile: (path: string) => string | undefined
}

/** Renders the chart in a folder: its `templates/*.yaml`, as far as `renderTemplate` knows Helm's language. Subcharts are left out. */
export function renderChart(
  files: ReadonlyMap<string, string>,
  folder: string,
  release: HelmRelease,
): readonly Manifest[] {
  const chart = files.get(posix.join(folder, 'Chart.yaml'))
  if (chart === undefined)
    throw new RenderError('failed to execute helm template command: Error: Chart.yaml file is missing')
  const { name, namespace, options } = release
  const values = valuesFor(files.get(posix.join(folder, 'values.yaml')), valueFiles(release), options)
  const scope = {
    Values: values,
    Release: { Name: options.releaseName ?? name, Namespace: namespace, Service: 'Helm' },
    Chart: capitalised(chart),
  }
  const templates = [...files].filter(([path]) => isTemplate(posix.relative(folder, path)))
  return parseManifests(templates.map(([path, text]) => [path, renderTemplate(text, scope)]))
}

const isTemplate = (path: string) => /^templates\/(?:[^/]+\/)*[^_/][^/]*\.ya?ml$/.test(path)

function valueFiles({ options, valueFile }: HelmRelease): readonly string[] {
  return (options.valueFiles ?? []).flatMap((path) => {
    const text = valueFile(path)
    if (text !== undefined) return [text]
    if (options.ignoreMissingValueFiles === true) return []
    throw new RenderError(`failed to execute helm template command: Error: open ${path}: no such file or directory`)
  })
}

/** Chart.yaml's members are reached with a capital letter: `.Chart.AppVersion`. */
function capitalised(chart: string): Readonly<Record<string, unknown>> {
  const value: unknown = parse(chart)
  return Object.fromEntries(
    Object.entries(isMap(value) ? value : {}).map(([name, member]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      member,
    ]),
  )
}
