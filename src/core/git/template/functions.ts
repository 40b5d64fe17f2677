/** What an expression comes to. */
export type Value = string | number | boolean | readonly unknown[]
/** Of which type it is, as messages call it. */
export type ValueType = 'text' | 'number' | 'truth' | 'list'

/** A function of templates: of which types its arguments are (`same`: texts, numbers or truths, all alike), and its result. */
export interface TemplateFunction {
  readonly takes: readonly (ValueType | 'any' | 'same')[]
  readonly gives: ValueType
  readonly apply: (args: readonly Value[]) => Value
}

/** Whether a value counts as true: as in Go, what is empty or zero does not. */
export function isTruth(value: Value): boolean {
  return typeof value === 'object' ? value.length > 0 : Boolean(value)
}

const text = (value: Value | undefined): string => String(value)
const compared = (holds: (a: number, b: number) => boolean): TemplateFunction => ({
  takes: ['number', 'number'],
  gives: 'truth',
  apply: ([a, b]) => holds(Number(a), Number(b)),
})
const ofText = (change: (value: string) => string): TemplateFunction => ({
  takes: ['text'],
  gives: 'text',
  apply: ([value]) => change(text(value)),
})
const ofBoth = (type: 'any' | 'same', holds: (a: Value, b: Value) => boolean): TemplateFunction => ({
  takes: [type, type],
  gives: 'truth',
  apply: ([a = '', b = '']) => holds(a, b),
})

/** All functions. Each text that they give is about as long as one that they take, so nothing grows without bounds. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['len', { takes: ['list'], gives: 'number', apply: ([list = '']) => (typeof list === 'object' ? list.length : 0) }],
  ['eq', ofBoth('same', (a, b) => a === b)],
  ['ne', ofBoth('same', (a, b) => a !== b)],
  ['and', ofBoth('any', (a, b) => isTruth(a) && isTruth(b))],
  ['or', ofBoth('any', (a, b) => isTruth(a) || isTruth(b))],
  ['not', { takes: ['any'], gives: 'truth', apply: ([value = '']) => !isTruth(value) }],
  ['gt', compared((a, b) => a > b)],
  ['lt', compared((a, b) => a < b)],
  ['lower', ofText((value) => value.toLowerCase())],
  ['upper', ofText((value) => value.toUpperCase())],
  [
    'trunc',
    { takes: ['number', 'text'], gives: 'text', apply: ([count, value]) => text(value).slice(0, Number(count)) },
  ],
  [
    'trimPrefix',
    { takes: ['text', 'text'], gives: 'text', apply: ([start, value]) => withoutStart(text(value), text(start)) },
  ],
  [
    'trimSuffix',
    { takes: ['text', 'text'], gives: 'text', apply: ([end, value]) => withoutEnd(text(value), text(end)) },
  ],
])

function withoutStart(value: string, start: string): string {
  return value.startsWith(start) ? value.slice(start.length) : value
}

function withoutEnd(value: string, end: string): string {
  return value.endsWith(end) ? value.slice(0, value.length - end.length) : value
}
