import { fault, parsed, type Parsed } from '../result.ts'

/** What the template of a path or of a branch's name sees of an Application and the policy. */
export interface ApplicationScope {
  readonly AppName: string
  readonly AppNamespace: string
  /** The policy's name. */
  readonly Policy: string
  readonly Labels: Readonly<Record<string, string>>
  readonly Annotations: Readonly<Record<string, string>>
}

/** A parsed template of a path or of a branch's name. Rendering fails only where the Application lacks a label or an annotation. */
export interface ApplicationTemplate {
  readonly source: string
  render(scope: ApplicationScope): Parsed<string>
}

type Piece = (scope: ApplicationScope) => Parsed<string>

const textFields = ['AppName', 'AppNamespace', 'Policy'] as const
const mapFields = ['Labels', 'Annotations'] as const
const known = '.AppName, .AppNamespace, .Policy, .Labels.<name> and .Annotations.<name>'

/**
 * Parses the text of a `field`, in which Go's template language is known as far as fields go: `{{ .AppName }}`, `{{ .Labels.team }}` and
 * `{{ index .Labels "example.com/team" }}`. Anything else is a fault that names it.
 */
export function parseApplicationTemplate(source: string, field: string): Parsed<ApplicationTemplate> {
  const pieces: Piece[] = []
  // Split with one group: every second piece is an action.
  const parts = source.split(/\{\{(.*?)\}\}/s)
  for (const [nth, part] of parts.entries()) {
    const piece = nth % 2 === 0 ? textPiece(part) : fieldPiece(part.trim(), field)
    if (!piece.ok) return piece
    pieces.push(piece.value)
  }
  return parsed({ source, render: (scope) => rendered(pieces, scope) })
}

function textPiece(text: string): Parsed<Piece> {
  if (text.includes('{{')) return fault('{{ is never closed: write }} behind the field')
  return parsed(() => parsed(text))
}

function fieldPiece(action: string, of: string): Parsed<Piece> {
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
  return parsed((scope) => memberOf(scope, { map, name, of }))
}

function memberOf(
  scope: ApplicationScope,
  { map, name, of }: { map: (typeof mapFields)[number]; name: string; of: string },
): Parsed<string> {
  const members = scope[map]
  const value = Object.hasOwn(members, name) ? members[name] : undefined
  if (value !== undefined) return parsed(value)
  const what = map === 'Labels' ? 'label' : 'annotation'
  return fault(`Application ${scope.AppNamespace}/${scope.AppName} has no ${what} ${name}, which ${of} needs`)
}

function rendered(pieces: readonly Piece[], scope: ApplicationScope): Parsed<string> {
  let text = ''
  for (const piece of pieces) {
    const part = piece(scope)
    if (!part.ok) return part
    text += part.value
  }
  return parsed(text)
}
