import type { DigestMode } from '../api/v1alpha1.ts'
import type { Choice } from './choosing/candidate.ts'

const shownHexDigits = 12

/** A choice as it is written and told: `1.4.2`, `1.4.2@sha256:…` or `@sha256:…`. A digest that is not known is left out. */
export function imageValue({ tag, digest }: Choice, mode: DigestMode): string {
  if (mode === 'never' || digest === undefined) return tag
  return mode === 'only' ? `@${digest}` : `${tag}@${digest}`
}

/** Takes a value apart at its first `@`; an empty part is left out. The parts are not judged. */
export function parseImageValue(text: string): { readonly tag?: string; readonly digest?: string } {
  const at = text.indexOf('@')
  const tag = at < 0 ? text : text.slice(0, at)
  const digest = at < 0 ? '' : text.slice(at + 1)
  return { ...(tag === '' ? {} : { tag }), ...(digest === '' ? {} : { digest }) }
}

/** A value as a choice; undefined where it has no tag. `followed`: the one tag of strategy `digest`, which a digest alone belongs to. */
export function choiceIn(text: string, followed?: string): Choice | undefined {
  const { tag = followed, digest } = parseImageValue(text)
  return tag === undefined ? undefined : { tag, ...(digest === undefined ? {} : { digest }) }
}

/** A value as people read it: the digest cut to 12 hex digits. */
export function shortImage(text: string): string {
  const { tag = '', digest } = parseImageValue(text)
  if (digest === undefined) return tag
  const hex = digest.indexOf(':') + 1
  return `${tag}@${digest.slice(0, hex + shownHexDigits)}`
}
