import { fault, parsed, type Parsed } from '../result.ts'

/** What a path's template sees of an Application and the policy. */
export interface PathScope {
  readonly AppName: string
  readonly AppNamespace: string
  /** The policy's name. */
  readonly Policy: string
  readonly Labels: Readonly<Record<string, string>>
  readonly Annotations: Readonly<Record<string, string>>
}

/** A parsed template of a path. Rendering fails only where the Application lacks a label or an annotation. */
export interface PathTemplate {
  readonly source: string
  render(scope: PathScope): Parsed<string>
}

type Piece = (scope: PathScope) => Parsed<string>

const textFields = ['AppName', 'AppNamespace', 'Policy'] as const
const mapFields = ['Labels', 'Annotations'] as const
const known = '.AppName, .AppNamespace, .Policy, .Labels.<name> and .Annotations.<name>'

/**
 * Parses a path in which Go's template language is known as far as fields go: `{{ .AppName }}`, `{{ .Labels.team }}` and
 * `{{ index .Labels "example.com/team" }}`. Anything else is a fault that names it.
 */
export function parsePathTemplate(source: string): Parsed<PathTemplate> {
  const pieces: Piece[] = []
  // Split with one group: every second piece is an action.
  const parts = source.split(/\{\{(.*?)\}\}/s)
  for (const [nth, part] of parts.entries()) {
    const piece = nth % 2 === 0 ? textPiece(part) : fieldPiece(part.trim())
    if (!piece.ok) return piece
    pieces.push(piece.value)
  }
  return parsed({ source, render: (scope) => rendered(pieces, scope) })
}

function textPiece(text: string): Parsed<Piece> {
  if (text.includes('{{')) return fault('{{ is never closed: write }} behind the field')
  return parsed(() => parsed(text))
}

function fieldPiece(action: string): Parsed<Piece> {
  const field = textFields.find((name) => action === `.${name}`)
  if (field !== undefined) return parsed((scope) => parsed(scope[field]))
  const [, direct, key] = /^\.(\w+)\.([A-Za-z_]\w*)$/.exec(action) ?? []
  const [, indexed, quotedKey] = /^index\s+\.(\w+)\s+"([^"\\]+)"$/.exec(action) ?? []
  const map = mapFields.find((name) => name === (direct ?? indexed))
  const name = key ?? quotedKey
  if (map === undefined || name === undefined)
    return fault(
      `{{ ${action.slice(0, 60)} }} is not supported: use ${known}, or {{ index .Labels "example.com/name" }}`,
    )
  return parsed((scope) => memberOf(scope, map, name))
}

function memberOf(scope: PathScope, map: (typeof mapFields)[number], name: string): Parsed<string> {
  const members = scope[map]
  const value = Object.hasOwn(members, name) ? members[name] : undefined
  if (value !== undefined) return parsed(value)
  const what = map === 'Labels' ? 'label' : 'annotation'
  return fault(
    `Application ${scope.AppNamespace}/${scope.AppName} has no ${what} ${name}, which writeBack.git.path needs`,
  )
}

function rendered(pieces: readonly Piece[], scope: PathScope): Parsed<string> {
  let text = ''
  for (const piece of pieces) {
    const part = piece(scope)
    if (!part.ok) return part
    text += part.value
  }
  return parsed(text)
}
