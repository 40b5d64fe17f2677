import { isDeepStrictEqual } from 'node:util'
import { isFields, type Fields } from '../core/fields.ts'

/**
 * The JSON Merge Patch (RFC 7386) that makes `after` of `before`: what is gone becomes null, lists are whole.
 * Undefined: they are equal. A member that is undefined counts as absent.
 */
export function mergePatch(before: Fields, after: Fields): Fields | undefined {
  const patch: Record<string, unknown> = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = memberPatch(before[name], after[name])
    if (change !== undefined) patch[name] = change
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

function memberPatch(before: unknown, after: unknown): unknown {
  if (after === undefined) return before === undefined ? undefined : null
  if (isFields(before) && isFields(after)) return mergePatch(before, after)
  return isDeepStrictEqual(before, plain(after)) ? undefined : after
}

/** As it would arrive: without members that are undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
