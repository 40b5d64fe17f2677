import { isFields, textOf, type Fields } from '../core/fields.ts'

/** An object as the API server sends it; only what every object has is known. */
export interface KubeObject extends Fields {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Fields & {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
  }
}

/** Reads an object; items of a list of a built-in kind carry no `apiVersion` and `kind`, so the list's are handed in. Undefined: it is none. */
export function parseKubeObject(
  value: unknown,
  list: { apiVersion: string; kind: string } = { apiVersion: '', kind: '' },
): KubeObject | undefined {
  if (!isFields(value) || !isFields(value['metadata'])) return undefined
  const { metadata } = value
  const name = textOf(metadata['name'])
  const resourceVersion = textOf(metadata['resourceVersion'])
  if (name === undefined || resourceVersion === undefined) return undefined
  return {
    ...value,
    apiVersion: textOf(value['apiVersion']) ?? list.apiVersion,
    kind: textOf(value['kind']) ?? list.kind,
    metadata: { ...metadata, name, resourceVersion },
  }
}

/** `namespace/name` of an object. */
export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

/**
 * Whether one resourceVersion came before another. They are decimal numbers that only grow
 * (https://kep.k8s.io/5504); of anything else nothing is said, so it counts as not older.
 */
export function isOlder(one: string, than: string): boolean {
  if (!/^[0-9]+$/.test(one) || !/^[0-9]+$/.test(than)) return false
  return one.length === than.length ? one < than : one.length < than.length
}
