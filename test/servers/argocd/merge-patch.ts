type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON merge patch applied to a value (RFC 7396): objects merge, null removes, anything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = applyMergePatch(merged[name], value)
  }
  return merged
}

/** The JSON merge patch that makes `after` of `before`; empty when they are equal. Members that are undefined count as absent. */
export function mergePatchBetween(before: Json, after: Json): Json {
  const patch: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, wanted] = [before[name], after[name]]
    if (wanted === undefined) {
      if (old !== undefined) patch[name] = null
      continue
    }
    const change = isObject(old) && isObject(wanted) ? mergePatchBetween(old, wanted) : wanted
    if (isObject(change) && isObject(old) ? Object.keys(change).length > 0 : !isEqual(old, wanted)) patch[name] = change
  }
  return patch
}

/** Whether two JSON values are the same, whatever the order of members. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (!isObject(a) || !isObject(b)) return a === b
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => isEqual(a[name], b[name]))
}
