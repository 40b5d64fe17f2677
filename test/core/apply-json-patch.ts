/** An operation as the operator makes them. */
export interface Operation {
  readonly op: string
  readonly path: string
  readonly value: unknown
}

type Container = Record<string, unknown> | unknown[]

/**
 * Applies a JSON Patch to a copy, as the API server does (github.com/evanphx/json-patch): throws where an operation can't
 * be done; `test` of null holds for a member that is absent.
 */
export function applyJsonPatch<T>(value: T, operations: readonly Operation[]): T {
  const copy = structuredClone(value)
  for (const operation of operations) apply(copy, operation)
  return copy
}

function apply(root: unknown, { op, path, value }: Operation): void {
  const segments = path.split('/').slice(1)
  const last = segments.pop() ?? ''
  let parent = root
  for (const segment of segments) {
    parent = get(parent, segment)
    if (typeof parent !== 'object' || parent === null) throw new Error(`${path}: no such place`)
  }
  const container = parent as Container
  if (op === 'test') return test(container, last, operationValue(value), path)
  if (op === 'add') return add(container, last, value, path)
  if (get(container, last) === undefined) throw new Error(`${path}: nothing to replace`)
  set(container, last, value)
}

function operationValue(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function test(container: Container, key: string, expected: string, path: string): void {
  if (Array.isArray(container) && Number(key) >= container.length) throw new Error(`${path}: no such index`)
  if (JSON.stringify(sorted(get(container, key) ?? null)) !== expected) throw new Error(`${path}: test failed`)
}

function add(container: Container, key: string, value: unknown, path: string): void {
  if (!Array.isArray(container)) return set(container, key, value)
  const index = key === '-' ? container.length : Number(key)
  if (index > container.length) throw new Error(`${path}: no such index`)
  container.splice(index, 0, value)
}

function get(container: unknown, key: string): unknown {
  return (container as Record<string, unknown>)[key]
}

function set(container: Container, key: string, value: unknown): void {
  ;(container as Record<string, unknown>)[key] = value
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}
