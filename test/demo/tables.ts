import type { Arrival } from './arrivals.ts'
import type { Build, Choices } from './builds.ts'
import type { Parts } from './parts.ts'
import { columns, paint, say, seconds, short, width, wrap } from './print.ts'

/** Prints what was built, with the tags of each build below each other. */
export function sayBuilds(builds: readonly Build[]): void {
  const all = builds.map(({ of, tags }) => [of, ...tags])
  const longest = Math.max(...all.map((row) => row.length))
  const rows = all.map((row) => [...row, ...Array.from({ length: longest - row.length }, () => '')])
  say(...columns(rows, [paint.dim]).map((line) => `  ${line.trimEnd()}`))
}

/** From which choices to which, when they arrived, and when the images were pushed (both of `performance.now()`). */
interface Journey {
  readonly from: Choices
  readonly to: Choices
  readonly times: ReadonlyMap<string, Arrival>
  readonly pushed: number
}

/** Prints for every Application what changed and how long that took. */
export function sayArrivals({ policies }: Parts, { from, to, times, pushed }: Journey): void {
  const brief = (value = ''): string => short(value).replace('sha256:', '').replace('…', '')
  const longest = Math.max(...Object.values(from).map((value) => brief(value).length))
  const rows = policies.map(({ metadata: { name }, spec }) => {
    const { written = pushed, live = pushed } = times.get(name) ?? {}
    const change = `${brief(from[name]).padEnd(longest)} → ${brief(to[name])}`
    return [name, spec.writeBack.method, change, seconds(written - pushed), seconds(live - pushed)]
  })
  const [header = '', ...lines] = columns([['APPLICATION', 'METHOD', 'CHANGE', 'WRITTEN', 'LIVE'], ...rows])
  say(paint.bold(header), ...lines.map((line) => line.replace(/\S+ s$/, paint.good)))
}

/** As kubectl prints it, with what is new in colour, but for columns that say the same in every row where there is no room for them. */
export function sayTable(table: readonly (readonly string[])[], news: readonly string[] = []): void {
  say(paint.dim('$ kubectl get imageupdatepolicies'))
  const [header = [], ...rows] = table
  const same = header
    .map((title, index) => ({ index, title, values: new Set(rows.map((row) => row[index] ?? '')) }))
    .filter(({ values }) => values.size === 1)
    .toSorted(
      (a, b) => Math.max(...[...b.values].map((v) => v.length)) - Math.max(...[...a.values].map((v) => v.length)),
    )
  const left: string[] = []
  const dropped = new Set<number>()
  const shown = () => columns(table.map((row) => row.filter((_, index) => !dropped.has(index))))
  while (Math.max(...shown().map(({ length }) => length)) > width() - 2) {
    const next = same.shift()
    if (next === undefined) break
    dropped.add(next.index)
    left.push(`${next.title} ${[...next.values].join()}`)
  }
  const [titles = '', ...lines] = shown()
  const lit = (line: string): string => news.reduce((text, value) => text.replaceAll(value, paint.good), line)
  say(paint.bold(titles), ...lines.map(lit))
  if (left.length > 0) say(...wrap(`in every row: ${left.join(', ')}`).map(paint.dim))
}
