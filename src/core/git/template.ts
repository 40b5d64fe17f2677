import { fault, parsed, type Parsed } from '../result.ts'
import { notSupported, parseExpression, type Expression } from './template/expression.ts'
import { isTruth } from './template/functions.ts'
import type { Place, Seen, TemplateScope } from './template/scope.ts'
import { tokensOf, type Token } from './template/tokens.ts'

/** A parsed template: it renders whatever it is given, and can't fail. */
export interface Template {
  readonly source: string
  render(scope: TemplateScope): string
}

/** Renders one piece of a template. */
type Piece = (seen: Seen) => string

/** A row of pieces, and the action that ended it: `end`, `else`, `else if …`; undefined: the template's end. */
interface Block {
  readonly render: Piece
  readonly ending: string | undefined
}

interface Reader {
  readonly tokens: readonly Token[]
  at: number
}

const deepest = 20

/**
 * Parses the part of Go's template language (text/template) that is supported: text, the fields `{{ .Repository }}` and
 * `{{ .Branch }}`, one level of `{{ range .Changes }}…{{ else }}…{{ end }}` with a change's fields in it (and `{{ $.Branch }}` for
 * the root's), `if`, `else if`, `else`, `with`, some functions, and the trim marks `{{-` and `-}}`. Anything else is a fault that
 * names it.
 */
export function parseTemplate(source: string): Parsed<Template> {
  const tokens = tokensOf(source)
  if (!tokens.ok) return tokens
  const block = parseBlock({ tokens: tokens.value, at: 0 }, 'root', 0)
  if (!block.ok) return block
  const { render, ending } = block.value
  if (ending !== undefined)
    return fault(
      `{{ ${ending.slice(0, 40)} }} ends nothing: take it out, or write {{ range .Changes }} or {{ if … }} before`,
    )
  return parsed({ source, render: (root) => render({ root }) })
}

function parseBlock(reader: Reader, place: Place, depth: number): Parsed<Block> {
  const pieces: Piece[] = []
  const done = (ending: string | undefined) =>
    parsed({ render: (seen: Seen) => pieces.map((piece) => piece(seen)).join(''), ending })
  if (depth > deepest) return fault(`blocks stand in each other more than ${deepest} deep`)
  for (let token = reader.tokens[reader.at]; token !== undefined; token = reader.tokens[reader.at]) {
    reader.at += 1
    const { kind } = token
    if (kind === 'text') {
      const { text } = token
      pieces.push(() => text)
      continue
    }
    if (/^(end|else(\s+if\s.*)?)$/s.test(token.action)) return done(token.action)
    const piece = parseAction(token.action, reader, { place, depth: depth + 1 })
    if (!piece.ok) return piece
    pieces.push(piece.value)
  }
  return done(undefined)
}

interface Around {
  readonly place: Place
  readonly depth: number
}

function parseAction(action: string, reader: Reader, around: Around): Parsed<Piece> {
  if (/^\/\*.*\*\/$/s.test(action)) return parsed(() => '')
  const [, keyword, rest = ''] = /^(range|if|with)\b(.*)$/s.exec(action) ?? []
  switch (keyword) {
    case 'range':
      return parseRange(action, reader, around)
    case 'if':
      return parseIf(rest, reader, around)
    case 'with':
      return parseWith(rest, reader, around)
    case undefined:
      return parsePrinted(action, around.place)
    default:
      return notSupported(action)
  }
}

function parsePrinted(action: string, place: Place): Parsed<Piece> {
  const read = parseExpression(action, place)
  if (!read.ok) return read
  const { type, evaluate } = read.value
  if (type === 'list') return fault('.Changes is a list: write {{ range .Changes }}…{{ end }}')
  return parsed((seen) => String(evaluate(seen)))
}

function parseRange(action: string, reader: Reader, { place, depth }: Around): Parsed<Piece> {
  if (place === 'change') return fault('a range in a range is not supported: end the first with {{ end }}')
  if (!/^range\s+\$?\.Changes$/.test(action)) return notSupported(action)
  if (place === 'text' && !action.includes('$')) return fault('in a with, .Changes is written {{ range $.Changes }}')
  return parseBranches(
    reader,
    { place, inner: 'change', depth, opening: 'range .Changes' },
    (body, otherwise) => (seen) => {
      const { Changes } = seen.root
      return Changes.length === 0
        ? otherwise(seen)
        : Changes.map((change) => body({ root: seen.root, change })).join('')
    },
  )
}

function parseIf(condition: string, reader: Reader, { place, depth }: Around): Parsed<Piece> {
  const read = parseExpression(condition, place)
  if (!read.ok) return read
  return parseBranches(
    reader,
    { place, inner: place, depth, opening: `if${condition}` },
    (body, otherwise) => (seen) => (holds(read.value, seen) ? body(seen) : otherwise(seen)),
  )
}

function parseWith(value: string, reader: Reader, { place, depth }: Around): Parsed<Piece> {
  const read = parseExpression(value, place)
  if (!read.ok) return read
  const { type, evaluate } = read.value
  if (type !== 'text')
    return fault(`{{ with${value.slice(0, 40)} }}: with takes a text; write if, or range for .Changes`)
  return parseBranches(
    reader,
    { place, inner: 'text', depth, opening: `with${value}` },
    (body, otherwise) => (seen) =>
      holds(read.value, seen) ? body({ root: seen.root, text: String(evaluate(seen)) }) : otherwise(seen),
  )
}

function holds({ evaluate }: Expression, seen: Seen): boolean {
  return isTruth(evaluate(seen))
}

interface Branches extends Around {
  /** What `.` is in the first branch. */
  readonly inner: Place
  /** The action that began it. */
  readonly opening: string
}

/** Reads up to the `end` that belongs here; after `else`, or as `else if`, comes what counts otherwise. */
function parseBranches(
  reader: Reader,
  { place, inner, depth, opening }: Branches,
  join: (body: Piece, otherwise: Piece) => Piece,
): Parsed<Piece> {
  const neverEnded = fault(`{{ ${opening.slice(0, 40)} }} is never ended: write {{ end }} behind it`)
  const body = parseBlock(reader, inner, depth)
  if (!body.ok) return body
  const { ending } = body.value
  if (ending === undefined) return neverEnded
  if (ending === 'end') return parsed(join(body.value.render, () => ''))
  if (ending !== 'else') {
    const chained = opening.startsWith('if')
      ? parseIf(ending.replace(/^else\s+if/, ''), reader, { place, depth: depth + 1 })
      : notSupported(ending)
    return chained.ok ? parsed(join(body.value.render, chained.value)) : chained
  }
  const otherwise = parseBlock(reader, place, depth)
  if (!otherwise.ok) return otherwise
  if (otherwise.value.ending === undefined) return neverEnded
  if (otherwise.value.ending !== 'end')
    return fault('{{ else }} may stand once only, and last: write {{ end }} behind it')
  return parsed(join(body.value.render, otherwise.value.render))
}
