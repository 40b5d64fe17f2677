import { stringify } from 'yaml'
import type { Application } from '../servers/argocd/application.ts'
import type { Build, Builder, Choices } from './builds.ts'
import { arrivals, claim, evaluationOf, metricLines, policyEvents, settledTable, type Arrival } from './observe.ts'
import { configRepository, getApplications, namespace, type Parts } from './parts.ts'
import { coloured, columns, during, heading, paint, say, seconds, short, width, wrap } from './print.ts'

const serviceAccount = `${namespace}/image-update-operator`
const operatorUser = `system:serviceaccount:${serviceAccount.replace('/', ':')}`

/** What was built before the story begins. */
export type Beginning = Awaited<ReturnType<Builder['begin']>>

/** Tells how a new build reaches every Application, and checks each thing it says. Throws `Untrue` for the first that is not so. */
export async function tellStory(parts: Parts, builder: Builder, beginning: Beginning): Promise<void> {
  const before = await tellBeginning(parts, beginning)
  const scene = await tellRelease(parts, builder, before)
  heading(3, 'What was written')
  await tellPatches(parts, scene)
  await tellCommits(parts, scene)
  heading(4, 'What the operator says of it')
  await tellEvents(parts, scene)
  await tellEvaluation(parts)
  await tellMetrics(parts)
}

/** Things as they stood at a moment. */
interface State {
  readonly choices: Choices
  readonly applications: readonly Application[]
  /** The newest commit of the cluster configuration. */
  readonly tip: string | undefined
}

/** What lies between two states: a push of images. */
interface Scene {
  readonly before: State
  readonly after: State
  readonly pushedAt: Date
}

async function stateOf({ cluster, git }: Parts, choices: Choices): Promise<State> {
  return { choices, applications: await getApplications(cluster), tip: await git.tip(configRepository) }
}

async function tellBeginning(parts: Parts, { builds, choices }: Beginning): Promise<State> {
  heading(1, 'A team, its images, its policies')
  say(...wrap(`In ${parts.image} are builds of examples/web-app, tagged as its workflow does:`), '')
  sayBuilds(builds)
  say(
    '',
    ...wrap(
      'examples/cluster-config deploys four Applications, at first with tag-1.0.0, and a policy for each. The operator has just written what they choose:',
    ),
  )
  await during('the operator looks at the registry and writes for the first time', arrivals(parts, choices))
  const table = await during('the policies come to rest', settledTable(parts, choices))
  say()
  sayTable(table)
  return await stateOf(parts, choices)
}

async function tellRelease(parts: Parts, builder: Builder, before: State): Promise<Scene> {
  heading(2, 'A developer merges a change and tags it v1.5.0')
  const { builds, choices } = await builder.release('1.5.0')
  const [pushed, pushedAt] = [performance.now(), new Date()]
  say('The workflow runs twice. Nobody does anything else.', '')
  sayBuilds(builds)
  say()
  const times = await during('the operator finds it, writes it, and Argo CD runs it', arrivals(parts, choices))
  const table = await during('the policies come to rest', settledTable(parts, choices))
  say(...wrap('Measured from the push of the images; the operator looks every 2 s:'), '')
  sayArrivals(parts, { from: before.choices, to: choices, times, pushed })
  say()
  sayTable(table)
  return { before, after: await stateOf(parts, choices), pushedAt }
}

function sayBuilds(builds: readonly Build[]): void {
  const all = builds.map(({ of, tags }) => [of, ...tags])
  const longest = Math.max(...all.map((row) => row.length))
  const rows = all.map((row) => [...row, ...Array.from({ length: longest - row.length }, () => '')])
  say(...columns(rows, [paint.dim]).map((line) => `  ${line.trimEnd()}`))
}

interface Journey {
  readonly from: Choices
  readonly to: Choices
  readonly times: ReadonlyMap<string, Arrival>
  readonly pushed: number
}

function sayArrivals({ policies }: Parts, { from, to, times, pushed }: Journey): void {
  const brief = (value = ''): string => short(value).replace('sha256:', '').replace('…', '')
  const longest = Math.max(...Object.values(from).map((value) => brief(value).length))
  const rows = policies.map(({ metadata: { name }, spec }) => {
    const { written = pushed, live = pushed } = times.get(name) ?? {}
    const change = `${brief(from[name]).padEnd(longest)} → ${brief(to[name])}`
    return [name, spec.writeBack.method, change, seconds(written - pushed), seconds(live - pushed)]
  })
  const [header = '', ...lines] = columns([['APPLICATION', 'METHOD', 'CHANGE', 'WRITTEN', 'LIVE'], ...rows])
  say(paint.bold(header), ...lines)
}

/** As kubectl prints it, but for columns that say the same in every row where there is no room for them. */
function sayTable(table: readonly (readonly string[])[]): void {
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
  say(paint.bold(titles), ...lines)
  if (left.length > 0) say(...wrap(`in every row: ${left.join(', ')}`).map(paint.dim))
}

async function tellPatches(parts: Parts, { before, after, pushedAt }: Scene): Promise<void> {
  for (const {
    metadata: { name },
    spec,
  } of parts.policies) {
    if (spec.writeBack.method !== 'argocd') continue
    await claim(parts, `Application ${name} was patched by ${operatorUser}`, async () =>
      (await parts.cluster.auditLog(pushedAt)).some(
        ({ verb, user, objectRef, responseStatus }) =>
          verb === 'patch' &&
          user.username === operatorUser &&
          objectRef?.resource === 'applications' &&
          objectRef.name === name &&
          responseStatus?.code === 200,
      ),
    )
    const [old, now] = [before, after].map(({ applications }) => sourceText(applications, name))
    const scratch = `demonstration/${name}`
    await parts.git.createRepository(scratch, { [name]: old })
    const diff = await parts.git.diff(scratch, await parts.git.commit(scratch, { [name]: now }))
    say(
      `method ${paint.bold('argocd')}: Application ${paint.dim(name)}, patched by ServiceAccount ${serviceAccount}`,
      '',
    )
    say(...coloured(diff).map((line) => `  ${line}`), '')
  }
}

function sourceText(applications: readonly Application[], name: string): string {
  const application = applications.find(({ metadata }) => metadata.name === name)
  return stringify({ spec: { source: application?.spec.source } }, { indentSeq: false })
}

async function tellCommits(parts: Parts, { before }: Scene): Promise<void> {
  const log = await parts.git.log(configRepository)
  const commits = log
    .slice(
      0,
      log.findIndex(({ oid }) => oid === before.tip),
    )
    .toReversed()
  const files = commits.flatMap((commit) => commit.files)
  for (const {
    metadata: { name },
    spec,
  } of parts.policies) {
    if (spec.writeBack.method !== 'git') continue
    await claim(parts, `a commit changed .argocd-source-${name}.yaml`, () =>
      files.some((file) => file.endsWith(`/.argocd-source-${name}.yaml`)),
    )
  }
  for (const { oid, subject } of commits) {
    say(...wrap(`method git: commit ${oid.slice(0, 7)}, ${short(subject)}`).map(paint.bold), '')
    const diff = (await parts.git.diff(configRepository, oid)).split(/^diff --git .*$/m).slice(1)
    for (const file of diff) {
      say(`  ${paint.dim(/^\+\+\+ b\/(.*)$/m.exec(file)?.[1] ?? '')}`)
      say(...coloured(file).map((line) => `  ${line}`), '')
    }
  }
}

async function tellEvents(parts: Parts, { after }: Scene): Promise<void> {
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

async function tellEvaluation(parts: Parts): Promise<void> {
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

async function tellMetrics(parts: Parts): Promise<void> {
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
