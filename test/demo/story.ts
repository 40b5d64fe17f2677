import { arrivals } from './arrivals.ts'
import type { Builder, Choices } from './builds.ts'
import { settledTable } from './observe.ts'
import { configRepository, getApplications, type Parts } from './parts.ts'
import { during, heading, say, short, wrap } from './print.ts'
import { sayArrivals, sayBuilds, sayTable } from './tables.ts'
import { tellEvaluation, tellEvents, tellMetrics } from './told.ts'
import { tellCommits, tellPatches, type Scene, type State } from './written.ts'

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
  sayTable(
    table,
    Object.values(choices).map((value) => short(value).replace('…', '')),
  )
  return { before, after: await stateOf(parts, choices), pushedAt }
}
