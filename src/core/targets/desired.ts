import { parseImageValue } from '../image-value.ts'
import type { HelmPlace } from '../policy.ts'
import { lastNamed, splitImage, type ListEntry } from './entries.ts'
import { entriesFor, type Target } from './values.ts'

/** What a list says of the policy's image. Values are `1.4.2`, `1.4.2@sha256:…` or `@sha256:…`. */
export interface Desired {
  /** Of the first place that says anything; undefined: nothing is desired yet. */
  readonly value: string | undefined
  /** Every entry that belongs to this value stands there, as text (`forceString`). */
  readonly complete: boolean
  /** What each place says: more than one value only while they differ. */
  readonly values: readonly (string | undefined)[]
}

/** Reads what is desired from a source's list of parameters or images. */
export function desiredIn(entries: readonly ListEntry[], target: Target): Desired {
  const said = valuesIn(entries, target)
  const value = said.find((each) => each !== undefined)
  if (value === undefined) return { value, complete: false, values: said }
  const wanted = entriesFor(target, value)
  // A place for the digest alone says all that it can.
  const partly = valuesIn(wanted, target)
  const values = said.map((each, index) => (each === partly[index] ? value : each))
  return { value, complete: wanted.every((entry) => stands(entry, entries)), values }
}

function valuesIn(entries: readonly ListEntry[], target: Target): readonly (string | undefined)[] {
  return target.tool === 'helm'
    ? target.places.map((place) => placeValue(place, entries, target.digestOnly))
    : [imageValueOf(entries, target.kustomizeName)]
}

/** Whether a list already says what an entry is to say. */
export function stands(wanted: ListEntry, entries: readonly ListEntry[]): boolean {
  const found = lastNamed(entries, wanted.name)
  return found?.value === wanted.value && found.forceString === wanted.forceString
}

function imageValueOf(entries: readonly ListEntry[], name: string): string | undefined {
  const { tag, digest } = splitImage(lastNamed(entries, name)?.value ?? '')
  return formatValue(tag, digest)
}

function placeValue(place: HelmPlace, entries: readonly ListEntry[], digestOnly: boolean): string | undefined {
  const textAt = (name: string | undefined) => (name === undefined ? '' : (lastNamed(entries, name)?.value ?? ''))
  if (place.spec !== undefined) {
    const { tag, digest } = splitImage(textAt(place.spec))
    return formatValue(tag, digest)
  }
  const { tag = '', digest = '' } = parseImageValue(textAt(place.tag))
  return formatValue(digestOnly ? '' : tag, textAt(place.digest) || (digestOnly ? '' : digest))
}

function formatValue(tag: string, digest: string): string | undefined {
  if (tag === '' && digest === '') return undefined
  return digest === '' ? tag : `${tag}@${digest}`
}
