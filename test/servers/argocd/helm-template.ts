import { RenderError } from './render-error.ts'

/** What a template can name: `.Values`, `.Release`, `.Chart`. */
export type Scope = Readonly<Record<string, unknown>>

type Node = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'action'; readonly code: string }

/**
 * Renders the small part of Helm's template language that the stand-in knows: `.Values.a.b` (also .Release and .Chart), quoted texts, the
 * pipes `quote`, `default X` and `toString`, `if`/`else`/`end`, comments, and `{{-`/`-}}`. Anything else is a RenderError that names it.
 */
export function renderTemplate(template: string, scope: Scope): string {
  const nodes = parseTemplate(template)
  let at = 0

  function render(shown: boolean, inBlock: boolean): string {
    let text = ''
    for (; ; at += 1) {
      const node = nodes[at]
      if (node === undefined) {
        if (inBlock) throw new RenderError('parse error: unexpected EOF')
        return text
      }
      if (inBlock && node.kind === 'action' && /^(else|end)$/.test(node.code)) return text
      if (node.kind === 'text') text += shown ? node.text : ''
      else if (node.code.startsWith('if ')) text += renderIf(node.code.slice(3), shown)
      else if (shown && !node.code.startsWith('/*')) text += format(evaluate(node.code, scope))
    }
  }

  function renderIf(condition: string, shown: boolean): string {
    const holds = shown && isTrue(evaluate(condition, scope))
    at += 1
    let text = render(holds, true)
    if (codeOf(nodes[at]) === 'else') {
      at += 1
      text += render(shown && !holds, true)
    }
    return text
  }

  return render(true, false)
}

const codeOf = (node: Node | undefined) => (node?.kind === 'action' ? node.code : undefined)

function parseTemplate(template: string): Node[] {
  // Split with one group: every second piece is an action.
  const pieces = template
    .replaceAll(/\s*\{\{- /g, '{{ ')
    .replaceAll(/ -\}\}\s*/g, ' }}')
    .split(/\{\{(.*?)\}\}/s)
  return pieces.map((piece, i) =>
    i % 2 === 0 ? { kind: 'text', text: piece } : { kind: 'action', code: piece.trim() },
  )
}

function evaluate(code: string, scope: Scope): unknown {
  const [first = '', ...pipes] = code.split('|').map((part) => part.trim())
  return pipes.reduce((value, pipe) => applyPipe(value, pipe, scope), operand(first, scope))
}

function applyPipe(value: unknown, pipe: string, scope: Scope): unknown {
  if (pipe === 'quote') return value === undefined ? '' : JSON.stringify(format(value))
  if (pipe === 'toString') return format(value)
  if (pipe.startsWith('default ')) return isTrue(value) ? value : operand(pipe.slice('default '.length).trim(), scope)
  throw unknownCode(pipe)
}

function operand(text: string, scope: Scope): unknown {
  if (/^"[^"\\]*"$/.test(text)) return text.slice(1, -1)
  if (/^\d+$/.test(text)) return Number(text)
  if (!/^(\.\w+)+$/.test(text)) throw unknownCode(text)
  return text
    .slice(1)
    .split('.')
    .reduce<unknown>((value, name) => member(value, name, text), scope)
}

function member(value: unknown, name: string, path: string): unknown {
  if (typeof value === 'object' && value !== null) return (value as Scope)[name]
  throw new RenderError(`error calling ${path}: nil pointer evaluating interface {}.${name}`)
}

const unknownCode = (code: string) => new RenderError(`the stand-in for Argo CD can't render {{ ${code} }}`)

const isTrue = (value: unknown) =>
  value !== undefined && value !== null && value !== false && value !== '' && value !== 0

function format(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
}
