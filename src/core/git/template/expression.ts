import { fault, parsed, type Parsed } from '../../result.ts'
import { functions, type TemplateFunction, type Value, type ValueType } from './functions.ts'
import { changeFields, rootFields, type Place, type Seen } from './scope.ts'

/** An expression whose type is known; it can't fail. */
export interface Expression {
  readonly type: ValueType
  readonly evaluate: (seen: Seen) => Value
}

const word =
  /\s*(?:("(?:[^"\\\n]|\\["\\nt])*")|([0-9]{1,9}(?![\w.]))|(\$?\.[A-Za-z]\w{0,39}(?![\w.])|\.(?![\w.]))|([A-Za-z]+(?![\w.]))|([|()]))/y

/** A word of an expression, as {@link word} finds it. */
interface Word {
  readonly kind: 'text' | 'number' | 'field' | 'name' | 'mark'
  readonly word: string
}

/** Parses what stands in an action: a field, a literal, a function of such, or several joined by `|`. */
export function parseExpression(source: string, place: Place): Parsed<Expression> {
  const words = wordsOf(source)
  if (words === undefined) return notSupported(source)
  const reader = { words, at: 0 }
  const read = parsePipe(reader, { source, place })
  return read.ok && reader.at < words.length ? notSupported(source) : read
}

/** For what is none of the language that is known. */
export function notSupported(action: string) {
  const [keyword = ''] = /^(?:define|template|block|break|continue)\b/.exec(action) ?? []
  const shown = keyword === '' ? action.slice(0, 40) : keyword
  return fault(
    `{{ ${shown} }} is not supported: use fields, if, else, with, range .Changes and the functions ${[...functions.keys()].join(', ')}`,
  )
}

function wordsOf(source: string): readonly Word[] | undefined {
  const kinds = ['text', 'number', 'field', 'name', 'mark'] as const
  const words: Word[] = []
  const trimmed = source.trimEnd()
  for (let at = 0; at < trimmed.length;) {
    word.lastIndex = at
    const found = word.exec(trimmed)
    if (found === null) return undefined
    const index = kinds.findIndex((_, kind) => found[kind + 1] !== undefined)
    words.push({ kind: kinds[index] ?? 'mark', word: found[index + 1] ?? '' })
    at = word.lastIndex
  }
  return words
}

interface Reader {
  readonly words: readonly Word[]
  at: number
}

interface Context {
  readonly source: string
  readonly place: Place
}

/** What comes before a `|` is the last argument of the function behind it. */
function parsePipe(reader: Reader, context: Context): Parsed<Expression> {
  let value = parseCall(reader, context, undefined)
  while (value.ok && reader.words[reader.at]?.word === '|') {
    reader.at += 1
    if (reader.words[reader.at]?.kind !== 'name') return notSupported(context.source)
    value = parseCall(reader, context, value.value)
  }
  return value
}

function parseCall(reader: Reader, context: Context, piped: Expression | undefined): Parsed<Expression> {
  const first = reader.words[reader.at]
  if (first?.kind !== 'name') return parseOperand(reader, context)
  reader.at += 1
  const args: Expression[] = []
  for (let next = reader.words[reader.at]; next !== undefined && !isEnd(next); next = reader.words[reader.at]) {
    const arg = parseOperand(reader, context)
    if (!arg.ok) return arg
    args.push(arg.value)
  }
  return call(first.word, piped === undefined ? args : [...args, piped], context)
}

function isEnd({ kind, word: text }: Word): boolean {
  return kind === 'mark' && text !== '('
}

function call(name: string, args: readonly Expression[], { source }: Context): Parsed<Expression> {
  const known = functions.get(name)
  if (known === undefined) return notSupported(source)
  const { takes, gives, apply } = known
  const fits = args.length === takes.length && takes.every((wanted, at) => isOf(wanted, args, at))
  if (fits) return parsed({ type: gives, evaluate: (seen) => apply(args.map((arg) => arg.evaluate(seen))) })
  const wanted = takes.map((type) => wordsOfTypes[type]).join(' and ')
  return fault(`{{ ${source.slice(0, 40)} }}: ${name} takes ${wanted}`)
}

function isOf(wanted: TemplateFunction['takes'][number], args: readonly Expression[], at: number): boolean {
  const type = args[at]?.type
  if (wanted === 'same') return type !== 'list' && type === args[0]?.type
  return wanted === 'any' || wanted === type
}

const wordsOfTypes: Readonly<Record<TemplateFunction['takes'][number], string>> = {
  text: 'a text',
  number: 'a number',
  truth: 'a truth',
  list: 'the list .Changes',
  any: 'anything',
  same: 'a value of the same type',
}

function parseOperand(reader: Reader, context: Context): Parsed<Expression> {
  const next = reader.words[reader.at]
  if (next === undefined) return notSupported(context.source)
  reader.at += 1
  switch (next.kind) {
    case 'text':
      return constant(
        'text',
        next.word.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter),
      )
    case 'number':
      return constant('number', Number(next.word))
    case 'field':
      return field(next.word, context.place)
    case 'mark':
      return next.word === '(' ? inParentheses(reader, context) : notSupported(context.source)
    case 'name':
      return notSupported(context.source)
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t' }

function constant(type: ValueType, value: Value): Parsed<Expression> {
  return parsed({ type, evaluate: () => value })
}

function inParentheses(reader: Reader, context: Context): Parsed<Expression> {
  const inner = parsePipe(reader, context)
  if (!inner.ok) return inner
  if (reader.words[reader.at]?.word !== ')') return notSupported(context.source)
  reader.at += 1
  return inner
}

function field(written: string, place: Place): Parsed<Expression> {
  if (written === '.')
    return place === 'text'
      ? parsed({ type: 'text', evaluate: ({ text = '' }) => text })
      : fault('{{ . }} is a text only in {{ with … }}…{{ end }}: name a field')
  const name = written.replace(/^\$?\./, '')
  const seesRoot = written.startsWith('$') || place === 'root'
  const ofRoot = rootFields.find((each) => each === name)
  const ofChange = changeFields.find((each) => each === name)
  if (seesRoot && name === 'Changes') return parsed({ type: 'list', evaluate: ({ root }) => root.Changes })
  if (seesRoot && ofRoot !== undefined) return parsed({ type: 'text', evaluate: ({ root }) => root[ofRoot] })
  if (place === 'change' && !seesRoot && ofChange !== undefined)
    return parsed({ type: 'text', evaluate: ({ change }) => change?.[ofChange] ?? '' })
  return noField(name, seesRoot, place)
}

function noField(name: string, seesRoot: boolean, place: Place) {
  if (!seesRoot && (name === 'Changes' || rootFields.some((each) => each === name)))
    return fault(`in a ${place === 'text' ? 'with' : 'range'}, .${name} is written {{ $.${name} }}`)
  if (place === 'text' && !seesRoot) return fault(`in a with, . is its text and has no .${name}: write {{ . }}`)
  if (changeFields.some((each) => each === name))
    return fault(`.${name} belongs to a change: write {{ .${name} }} inside of {{ range .Changes }}…{{ end }}`)
  const known = seesRoot ? rootFields : changeFields
  return fault(`.${name} is no field: use ${known.map((each) => `.${each}`).join(' ')}`)
}
