/** One step of a key: a member's name, or an index in a list. */
export type Step = string | number

/** The steps of a key in Helm's `--set` notation: `a.b[0].c`; a backslash makes the mark behind it part of a name. */
export function stepsOf(key: string): readonly Step[] {
  const steps = [...key.matchAll(/\[([0-9]+)\]|((?:\\.|[^.[\]\\])+)/gs)]
  return steps.map(([, index, name = '']) => (index === undefined ? name.replaceAll(/\\(.)/gs, '$1') : Number(index)))
}

/** Whether a key is another one, or holds it: who sets `image` sets `image.tag`. */
export function reaches(steps: readonly Step[], below: readonly Step[]): boolean {
  return steps.length <= below.length && steps.every((step, nth) => step === below[nth])
}

/** Steps as a key is written. */
export function keyOf(steps: readonly Step[]): string {
  return steps
    .map((step, nth) => (typeof step === 'number' ? `[${step}]` : `${nth === 0 ? '' : '.'}${escaped(step)}`))
    .join('')
}

function escaped(name: string): string {
  return name.replaceAll(/[.,={}[\]\\\s]/g, '\\$&')
}
