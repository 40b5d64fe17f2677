import { applySplices, lineEndOf, type Splice } from './splice.ts'

/** What the head of an override file tells. */
export interface HeadFacts {
  /** `namespace/name` of the policy that writes. */
  readonly policy: string
  /** `namespace/name` of the Application. */
  readonly application: string
}

const firstWords = '# image-update-operator writes here for ImageUpdatePolicy '

/**
 * Lets the file begin with a comment that names the policies which write to it, says what wins over what, and how to
 * undo it. A head that is there already only gets a policy's name that it lacks.
 */
export function withHead(text: string, { policy, application }: HeadFacts): string {
  const found = findHead(text)
  if (found === undefined) {
    // Before anything else, a byte order mark excepted.
    const at = text.startsWith('\ufeff') ? 1 : 0
    const lines = headLines(policy, application).join(lineEndOf(text)) + lineEndOf(text)
    return text.slice(0, at) + lines + text.slice(at)
  }
  if (found.policies.includes(policy)) return text
  const named = [...found.policies, policy].join(', ')
  return applySplices(text, [{ ...found.at, text: firstWords + named }])
}

function headLines(policy: string, application: string): readonly string[] {
  return [
    `${firstWords}${policy}`,
    `# What this file says wins over the spec of Application ${application}, and its list replaces the list there. So entries`,
    '# marked "from …" are copies, kept equal to where they come from: change them there. To undo all, delete this file.',
  ]
}

function findHead(text: string): { policies: readonly string[]; at: Pick<Splice, 'start' | 'end'> } | undefined {
  const start = text.indexOf(firstWords)
  // Only among the comments at the top, not in a value somewhere below.
  if (start < 0 || !/^\ufeff?(?:[ \t]*(?:#[^\n]*)?\r?\n)*$/.test(text.slice(0, start))) return undefined
  const rest = text.slice(start)
  const line = rest.slice(0, rest.search(/\r?(?:\n|$)/))
  return { policies: line.slice(firstWords.length).split(', '), at: { start, end: start + line.length } }
}
