/**
 * Orders texts by their UTF-8 bytes, as registries and Go do. Negative: `a` comes first. JavaScript's own order is by
 * UTF-16 units, which puts characters beyond U+FFFF before some below.
 */
export function compareBytes(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let at = 0; at < shorter; at += 1) {
    const unitOfA = a.charCodeAt(at)
    const unitOfB = b.charCodeAt(at)
    if (unitOfA !== unitOfB) return rank(unitOfA) - rank(unitOfB)
  }
  return a.length - b.length
}

/** Surrogates stand for characters beyond U+FFFF, so they rank above every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
