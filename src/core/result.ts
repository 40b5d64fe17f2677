/** A parsed value, or a sentence that says what is wrong and what to write instead. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string }

/** A parsed value. */
export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value }
}

/** A fault: what is wrong and what to write instead. */
export function fault(sentence: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault: sentence }
}
