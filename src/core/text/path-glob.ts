import { parseGlob } from './glob.ts'

/** A test of paths. */
export interface PathGlob {
  readonly source: string
  /** The folder, from the root, below which everything stands that it may match; empty: the root. */
  readonly folder: string
  matches(path: string): boolean
}

type Segment = ((part: string) => boolean) | '**'

const mostAlternatives = 64

/** Whether a path is a pattern to Argo CD. */
export function isPathGlob(path: string): boolean {
  return /[*?[]/.test(path)
}

/**
 * Reads a pattern as Argo CD's library (doublestar) does: `*`, `?` and `[…]` within a segment, `**` for any number of them,
 * `{a,b}` for one or the other. What it could not read matches nothing.
 */
export function pathGlob(source: string): PathGlob {
  const patterns = alternatives(source).map((text) => segmentsOf(text))
  const plain = source.split('/').findIndex((segment) => /[*?[{]/.test(segment))
  return {
    source,
    folder: source.split('/').slice(0, Math.max(0, plain)).join('/'),
    matches: (path) => patterns.some((pattern) => pattern !== undefined && matchesAll(pattern, path.split('/'))),
  }
}

/** Undefined: one of the segments is no glob. */
function segmentsOf(text: string): readonly Segment[] | undefined {
  const segments = text.split('/').map((segment) => (segment === '**' ? segment : segmentOf(segment)))
  return segments.every((segment) => segment !== undefined) ? segments : undefined
}

function segmentOf(segment: string): Segment | undefined {
  // The library knows both marks of what is not meant.
  const glob = parseGlob(segment.replaceAll('[!', '[^'))
  if (!glob.ok) return undefined
  const { value } = glob
  return (part) => value.matches(part)
}

/** Only the last `**` ever has to give way, so the time is bounded by segments times segments. */
function matchesAll(pattern: readonly Segment[], parts: readonly string[]): boolean {
  let [step, at, afterStars, starsEnd] = [0, 0, -1, 0]
  while (at < parts.length || step < pattern.length) {
    const segment = pattern[step]
    if (segment === '**') {
      step += 1
      afterStars = step
      starsEnd = at
      continue
    }
    if (at < parts.length && segment?.(parts[at] ?? '') === true) {
      step += 1
      at += 1
      continue
    }
    if (afterStars < 0 || at >= parts.length) return false
    starsEnd += 1
    at = starsEnd
    step = afterStars
  }
  return true
}

function alternatives(text: string): readonly string[] {
  let open = [text]
  // Each round resolves the innermost braces that come first.
  for (;;) {
    const next = open.flatMap(firstResolved)
    if (next.length > mostAlternatives) return []
    if (next.length === open.length && next.every((each, index) => each === open[index])) return next
    open = next
  }
}

function firstResolved(text: string): readonly string[] {
  const [braces = '', inner = ''] = /\{([^{}]*)\}/.exec(text) ?? []
  if (braces === '') return [text]
  const at = text.indexOf(braces)
  return inner.split(',').map((each) => text.slice(0, at) + each + text.slice(at + braces.length))
}
