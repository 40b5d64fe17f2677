import { fault, parsed, type Parsed } from './result.ts'

const rootFields = ['Repository', 'Branch'] as const
const changeFields = ['Application', 'Namespace', 'Policy', 'Image', 'From', 'To'] as const
type RootField = (typeof rootFields)[number]
type ChangeField = (typeof changeFields)[number]

/** What a template sees of one change; all is text, `From` is empty where nothing was desired before. */
type TemplateChange = Readonly<Record<ChangeField, string>>

/** What a template sees. */
export interface TemplateScope extends Readonly<Record<RootField, string>> {
  readonly Changes: readonly TemplateChange[]
}

/** A parsed template: it renders whatever it is given, and can't fail. */
export interface Template {
  readonly source: string
  render(scope: TemplateScope): string
}

/** One piece of a template. */
type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'root'; readonly field: RootField }
  | { readonly kind: 'change'; readonly field: ChangeField }
  | { readonly kind: 'eachChange'; readonly pieces: readonly Piece[] }

/** Text, or what stands between `{{` and `}}`. */
type Token = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'action'; readonly action: string }

/**
 * Parses the part of Go's template language (text/template) that is supported: text, the fields `{{ .Repository }}` and
 * `{{ .Branch }}`, one level of `{{ range .Changes }}…{{ end }}` with a change's fields in it (and `{{ $.Branch }}` for the root's),
 * and the trim marks `{{-` and `-}}`. Anything else is a fault that names it.
 */
export function parseTemplate(source: string): Parsed<Template> {
  const tokens = tokensOf(source)
  if (!tokens.ok) return tokens
  const pieces = piecesOf(tokens.value)
  if (!pieces.ok) return pieces
  return parsed({ source, render: (scope) => render(pieces.value, scope, undefined) })
}

function tokensOf(source: string): Parsed<readonly Token[]> {
  const tokens: Token[] = []
  let rest = source
  for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
    const close = rest.indexOf('}}', open + 2)
    if (close < 0) return fault('{{ is never closed: write }} behind the field')
    const inside = rest.slice(open + 2, close)
    const [trimsBefore, trimsAfter] = [/^-\s/.test(inside), /\s-$/.test(inside)]
    const before = rest.slice(0, open)
    const after = rest.slice(close + 2)
    tokens.push({ kind: 'text', text: trimsBefore ? before.trimEnd() : before })
    tokens.push({ kind: 'action', action: inside.slice(trimsBefore ? 1 : 0, trimsAfter ? -1 : undefined).trim() })
    rest = trimsAfter ? after.trimStart() : after
  }
  return parsed([...tokens, { kind: 'text', text: rest }])
}

function piecesOf(tokens: readonly Token[]): Parsed<readonly Piece[]> {
  const pieces: Piece[] = []
  let inRange: Piece[] | undefined
  for (const token of tokens) {
    const into = inRange ?? pieces
    if (token.kind === 'text') into.push(token)
    else if (/^range\s+\$?\.Changes$/.test(token.action)) {
      if (inRange !== undefined) return fault('a range in a range is not supported: end the first with {{ end }}')
      inRange = []
    } else if (token.action === 'end') {
      if (inRange === undefined)
        return fault('{{ end }} ends nothing: take it out, or write {{ range .Changes }} before')
      pieces.push({ kind: 'eachChange', pieces: inRange })
      inRange = undefined
    } else {
      const field = fieldOf(token.action, inRange !== undefined)
      if (!field.ok) return field
      into.push(field.value)
    }
  }
  return inRange === undefined
    ? parsed(pieces)
    : fault('{{ range .Changes }} is never ended: write {{ end }} behind it')
}

function fieldOf(action: string, inRange: boolean): Parsed<Piece> {
  const [, root, name] = /^(\$?)\.([A-Za-z]\w{0,39})$/.exec(action) ?? []
  if (name === undefined) return notSupported(action)
  const seesRoot = root === '$' || !inRange
  const rootField = rootFields.find((field) => field === name)
  const changeField = changeFields.find((field) => field === name)
  if (seesRoot && rootField !== undefined) return parsed({ kind: 'root', field: rootField })
  if (!seesRoot && changeField !== undefined) return parsed({ kind: 'change', field: changeField })
  if (rootField !== undefined) return fault(`in a range, .${name} is written {{ $.${name} }}`)
  if (changeField !== undefined)
    return fault(`.${name} belongs to a change: write {{ .${name} }} inside of {{ range .Changes }}…{{ end }}`)
  if (name === 'Changes') return fault('.Changes is a list: write {{ range .Changes }}…{{ end }}')
  const known = seesRoot ? rootFields : changeFields
  return fault(`.${name} is no field: use ${known.map((field) => `.${field}`).join(' ')}`)
}

function notSupported(action: string) {
  const [keyword = ''] = /^[a-z]+\b/.exec(action) ?? []
  const shown = keyword === '' || keyword === 'range' ? action : keyword
  return fault(`{{ ${shown.slice(0, 40)} }} is not supported: use fields and {{ range .Changes }}…{{ end }}`)
}

function render(pieces: readonly Piece[], scope: TemplateScope, change: TemplateChange | undefined): string {
  const texts = pieces.map((piece) => {
    switch (piece.kind) {
      case 'text':
        return piece.text
      case 'root':
        return scope[piece.field]
      case 'change':
        return change?.[piece.field] ?? ''
      case 'eachChange':
        return scope.Changes.map((each) => render(piece.pieces, scope, each)).join('')
    }
  })
  return texts.join('')
}
