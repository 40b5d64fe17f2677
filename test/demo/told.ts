import { claim } from './claim.ts'
import { evaluationOf, metricLines, policyEvents } from './observe.ts'
import type { Parts } from './parts.ts'
import { paint, say, short, wrap } from './print.ts'
import type { Scene } from './written.ts'

/** Shows the event of each write. */
export async function tellEvents(parts: Parts, { after }: Scene): Promise<void> {
  for (const [name, value] of Object.entries(after.choices)) {
    const event = await claim(parts, `an event Updated about ${name} names ${value}`, async () =>
      (await policyEvents(parts)).find(
        ({ reason, regarding, note }) =>
          reason === 'Updated' && regarding.name === name && note.includes(` to ${value}`),
      ),
    )
    const [first = '', ...more] = wrap(`${event.reason}  ${name.padEnd(14)}  ${short(event.note)}`, 25)
    say(first.replace(event.reason, paint.good), ...more)
  }
  say()
}

/** Shows why not the other tags, of the policy for production. */
export async function tellEvaluation(parts: Parts): Promise<void> {
  const { tags, candidates, rejected } = await claim(parts, 'web-production says why not the other tags', async () => {
    const evaluation = await evaluationOf(parts, 'web-production')
    return evaluation?.candidates === 3 && evaluation
  })
  const why = (rejected ?? []).map(({ reason, count, examples }) => `${count} ${reason} (${examples.join(', ')}, …)`)
  say(
    ...wrap(`Why      web-production  ${candidates} of ${tags} tags are candidates; left out: ${why.join('; ')}`, 25),
    '',
  )
}

/** Shows what a scrape gets, in three lines. */
export async function tellMetrics(parts: Parts): Promise<void> {
  const wanted = [
    ['imageupdate_updates_total{', 'name="web-production"'],
    ['imageupdate_updates_total{', 'name="web-staging"'],
    ['imageupdate_registry_requests_total{', 'kind="tags"', 'code="200"'],
  ]
  for (const [series = '', ...labels] of wanted) {
    const line = await claim(parts, `/metrics has ${series}${labels.join()}}`, async () =>
      (await metricLines(parts)).find(
        (text) => text.startsWith(series) && labels.every((label) => text.includes(label)),
      ),
    )
    say(line)
  }
  say()
}
