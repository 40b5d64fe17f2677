type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Members that an object has itself: whatever they are named, `__proto__` too. */
const memberOf = (object: Json, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined)
const namesIn = (...objects: readonly Json[]): readonly string[] => [...new Set(objects.flatMap(Object.keys))]

/** A JSON merge patch applied to a value (RFC 7396): objects merge, null removes, anything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, applyMergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

/** The JSON merge patch that makes `after` of `before`; empty when they are equal. Members that are undefined count as absent. */
export function mergePatchBetween(before: Json, after: Json): Json {
  return Object.fromEntries(
    namesIn(before, after).flatMap((name) => {
      const change = changeBetween(memberOf(before, name), memberOf(after, name))
      return change === undefined ? [] : [[name, change] as const]
    }),
  )
}

/** Undefined: there is none. */
function changeBetween(old: unknown, wanted: unknown): unknown {
  if (isEqual(old, wanted)) return undefined
  if (wanted === undefined) return null
  return isObject(old) && isObject(wanted) ? mergePatchBetween(old, wanted) : wanted
}

/** Whether two JSON values are the same, whatever the order of members. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (!isObject(a) || !isObject(b)) return a === b
  return namesIn(a, b).every((name) => isEqual(memberOf(a, name), memberOf(b, name)))
}
