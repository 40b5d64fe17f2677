import { fault, parsed, type Parsed } from '../../result.ts'

/** Text, or what stands between `{{` and `}}`. */
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly action: string }

/** Cuts a template into text and actions; the trim marks have done their work. */
export function tokensOf(source: string): Parsed<readonly Token[]> {
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
