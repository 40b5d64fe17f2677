import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'

/** The member of a map with this name. */
export function pairIn(map: unknown, name: string): Pair<Node, Node | null> | undefined {
  if (!isMap<Node, Node | null>(map)) return undefined
  return map.items.find(({ key }) => isScalar(key) && key.value === name)
}

/** Whether nothing stands there: no value, or null. */
export function isAbsent(node: unknown): boolean {
  return node === undefined || node === null || (isScalar(node) && node.value === null)
}

/** Where the last thing of a node ends, without the blank lines and comments after it. */
export function contentEnd(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1)
    return Math.max(contentEnd(last?.key), contentEnd(last?.value))
  }
  if (isSeq(node) && node.flow !== true) return contentEnd(node.items.at(-1))
  return boundsOf(node)[1]
}

/** Where a member of a map ends: with its value, or where nothing stands there, with its colon. */
export function memberEnd(text: string, { key, value }: Pair<Node, Node | null>): number {
  const end = contentEnd(value)
  if (end > boundsOf(value)[0]) return end
  const [, keyEnd] = boundsOf(key)
  return text[keyEnd] === ':' ? keyEnd + 1 : keyEnd
}

/** Offsets at which a node begins and ends; zeros for one that stands nowhere. */
export function boundsOf(node: unknown): readonly [start: number, end: number] {
  const { range } = (node ?? {}) as { range?: readonly [number, number, number] | null }
  return [range?.[0] ?? 0, range?.[1] ?? 0]
}

/** A plain value's members; none when it is no map. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
