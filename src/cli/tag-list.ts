import type { Scan, TagMetadata } from '../core/choosing/candidate.ts'
import type { SeenAt } from '../core/choosing/gates.ts'
import { list, refined, text, within, type Fault } from '../core/parse-policy/fields.ts'
import { object } from '../core/parse-policy/object-field.ts'
import { parsePlatform } from '../core/choosing/platform.ts'
import { fault, parsed, type Parsed } from '../core/result.ts'
import { parseTime } from './time.ts'

/** A list of tags as a registry would answer with, and what it says of them. */
export interface TagList {
  readonly scan: Scan
  readonly metadata: ReadonlyMap<string, TagMetadata>
  /** When tags were first seen, where the list tells (ms since the epoch). */
  readonly seenAt: SeenAt
  /** Tags that no registry can hold. They are judged all the same. */
  readonly impossible: readonly string[]
}

interface Entry {
  readonly tag: string
  readonly metadata: TagMetadata | undefined
  readonly firstSeen: number | undefined
}

const longest = 1024
const mostFaults = 10

const time = text(64, parseTime)
const fields = object(
  {
    tag: text(longest, parsed),
    digest: text(256, parseDigest),
    created: time,
    firstSeen: time,
    platforms: list(text(64, parsePlatform), { most: 100 }),
  },
  { required: { tag: 'write for example {"tag":"1.4.2"}' } },
)
const entry = refined(fields, ({ tag, digest, created, firstSeen, platforms }): Parsed<Entry> => {
  const known = digest !== undefined || created !== undefined || platforms !== undefined
  const metadata = { digest: digest ?? '', createdAt: created, ...(platforms === undefined ? {} : { platforms }) }
  return parsed({ tag, metadata: known ? metadata : undefined, firstSeen })
})

/**
 * Reads one tag a line, or one JSON object a line; both may stand in one list, empty lines count for nothing. `at` is
 * the time of the list in ms since the epoch. The faults are of the first ten lines that have any.
 */
export function parseTagList(content: string, at: number): { list: TagList } | { faults: readonly string[] } {
  const faults: string[] = []
  const entries = new Map<string, Entry>()
  for (const [index, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue
    const read = line.trimStart().startsWith('{') ? jsonLine(line) : { value: plain(line), faults: [] }
    const objections = read.value === undefined ? read.faults : contradiction(entries.get(read.value.tag), read.value)
    if (objections.length > 0) faults.push(...objections.map((each) => `line ${index + 1}: ${told(each)}`))
    else if (read.value !== undefined) entries.set(read.value.tag, read.value)
    if (faults.length >= mostFaults) break
  }
  return faults.length > 0 ? { faults } : { list: listOf(entries, at) }
}

/** Whether a registry can hold a text as a tag. */
export function isTag(text: string): boolean {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)
}

/** The text of a digest (OCI image-spec, "Digests"). */
export function parseDigest(digest: string): Parsed<string> {
  const isDigest = /^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/.test(digest)
  return isDigest ? parsed(digest) : fault('is no digest: write it as sha256:…')
}

function plain(line: string): Entry {
  return { tag: line.trim(), metadata: undefined, firstSeen: undefined }
}

function jsonLine(line: string): ReturnType<typeof entry> {
  try {
    return entry(JSON.parse(line))
  } catch {
    return { value: undefined, faults: [{ path: '', message: 'is no JSON: write one object a line, or one tag' }] }
  }
}

/** A tag is one thing: said again in other words, nobody can tell which holds. */
function contradiction(before: Entry | undefined, now: Entry): readonly Fault[] {
  const { tag } = now
  if (before === undefined || JSON.stringify(before) === JSON.stringify(now)) return []
  return within(tag, [{ path: '', message: 'stands there twice, with different facts' }])
}

function told({ path, message }: Fault): string {
  return path === '' ? message : `${path.replace(/^\./, '')}: ${message}`
}

function listOf(entries: ReadonlyMap<string, Entry>, at: number): TagList {
  const tags = [...entries.keys()].toSorted()
  const metadata = [...entries].flatMap(([tag, { metadata: known }]) =>
    known === undefined ? [] : [[tag, known] as const],
  )
  return {
    scan: { tags, revision: '', at },
    metadata: new Map(metadata),
    seenAt: new Map(
      [...entries].flatMap(([tag, { firstSeen }]) => (firstSeen === undefined ? [] : [[tag, firstSeen] as const])),
    ),
    impossible: tags.filter((tag) => !isTag(tag)),
  }
}
