import { parse } from 'yaml'
import type { HelmOptions, HelmParameter } from './application.ts'
import { applyMergePatch } from './merge-patch.ts'
import { RenderError } from './render-error.ts'

/** A chart's values. */
export type Values = Readonly<Record<string, unknown>>

/**
 * The values a chart is rendered with: its own, then each of the source's values files, then `valuesObject` (or `values`), then the
 * parameters, the later over the earlier.
 */
export function valuesFor(own: string | undefined, files: readonly string[], helm: HelmOptions): Values {
  const inline = helm.valuesObject ?? parseValues(helm.values ?? '', 'values')
  const layers = [own ?? '', ...files].map((text) => parseValues(text, 'a values file'))
  const values = [...layers, inline].reduce((merged, layer) => asValues(applyMergePatch(merged, layer)), {})
  return (helm.parameters ?? []).reduce(setParameter, values)
}

function parseValues(text: string, what: string): Values {
  try {
    return asValues(parse(text) ?? {})
  } catch {
    throw new RenderError(`cannot parse ${what}: error converting YAML to JSON`)
  }
}

function asValues(value: unknown): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RenderError('error unmarshaling JSON: cannot unmarshal values into a map')
  }
  return value as Values
}

function setParameter(values: Values, { name = '', value = '', forceString = false }: HelmParameter): Values {
  return asValues(setAt(values, parsePath(name), forceString ? value : typed(value)))
}

/** `a.b[0].c` as its steps; `\.` is a dot inside a name. */
function parsePath(path: string): (string | number)[] {
  const steps = [...path.matchAll(/\[(\d+)\]|((?:\\.|[^.[\]\\])+)/g)]
  return steps.map(([, index, name = '']) => (index === undefined ? name.replaceAll(/\\(.)/g, '$1') : Number(index)))
}

function setAt(target: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : []
    list[step] = setAt(list[step], rest, value)
    return list
  }
  const map = typeof target === 'object' && target !== null && !Array.isArray(target) ? (target as Values) : {}
  return { ...map, [step]: setAt(map[step], rest, value) }
}

/** What `--set` makes of a text without `forceString`. */
function typed(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  if (value === 'null') return undefined
  return /^-?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value
}
