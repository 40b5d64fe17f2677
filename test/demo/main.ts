// `npm run demo`: plays the examples through on the real parts, in sight of a person, and checks what it says.
import { constants } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { preparePrograms } from '../servers/programs.ts'
import { begun } from './arrivals.ts'
import { createBuilder } from './builds.ts'
import { Untrue } from './claim.ts'
import { complaints } from './observe.ts'
import { applyExamples, imageRepository, startParts, type Parts } from './parts.ts'
import { columns, during, paint, say, seconds, silence, wrap } from './print.ts'
import { pushToRunning } from './push.ts'
import { stay } from './stay.ts'
import { tellStory } from './story.ts'

const usage = `npm run demo                    tells the story, then stays up until Ctrl-C
npm run demo -- --exit          tells the story and ends: 0 when all of it has happened, else 1
npm run demo -- push <tag>…     pushes a new image to the demonstration that runs`

const introduction =
  'Everything below really happens, in real servers on 127.0.0.1 that end with this. Two parts are played: Argo CD by a ' +
  'stand-in, which reads, compares and syncs Applications as Argo CD does but runs no Pods; and the workflow of ' +
  'examples/web-app by this script, which pushes images with the tags that the workflow makes.'

/** What has to be ended; the last first. */
const endings: (() => Promise<unknown>)[] = []
let parts: Parts | undefined
let isTold = false

const { command, exit, pushed } = readArguments()
switch (command) {
  case 'push':
    process.exitCode = await pushToRunning(pushed)
    break
  case 'play':
    await play()
    break
  case 'help':
    console.log(usage)
    break
  case 'unknown':
    console.error(usage)
    process.exitCode = 2
    break
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { exit: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [first, ...pushed] = positionals
    const command = values.help ? 'help' : first === undefined ? 'play' : first === 'push' ? 'push' : 'unknown'
    return { command, pushed, exit: values.exit } as const
  } catch {
    return { command: 'unknown', pushed: [], exit: false } as const
  }
}

async function play() {
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        silence()
        // In the middle of the story things are still being made: the watchdog of test/servers clears away behind us.
        if (!isTold) process.exit(128 + constants.signals[signal])
        resolve(0)
      })
  })
  const told = demonstrate(!exit && process.stdout.isTTY).catch(explain)
  const status = await Promise.race([told, interrupted])
  process.exit((await end()) || status)
}

async function demonstrate(staying: boolean): Promise<number> {
  const started = performance.now()
  say(paint.title('image-update-operator, a demonstration'), '', ...wrap(introduction), '')
  await preparePrograms()
  parts = await during(
    'starting the real parts',
    startParts((one) => void endings.push(one)),
  )
  await applyExamples(parts)
  await during('Argo CD runs the Applications', begun(parts))
  const builder = createBuilder(parts.git, parts.registry, imageRepository)
  const beginning = await builder.begin()
  const { operator, metricsPort, folder } = parts
  endings.push(() => drained(operator))
  await during(
    'starting the operator',
    operator.start(
      '--interval=2s',
      `--metrics-address=127.0.0.1:${metricsPort}`,
      `--cache-dir=${join(folder, 'cache')}`,
      '--log-level=info',
    ),
  )
  say(...columns(whatRuns(parts), [paint.bold]))
  await tellStory(parts, builder, beginning)
  isTold = true
  const took = seconds(performance.now() - started)
  say(
    ...wrap(`✔ All of this has happened, and was checked while it was told: ${took} from the start.`).map(paint.good),
    '',
  )
  return staying ? await stay(parts) : 0
}

function whatRuns({ cluster, registry, git, metricsPort }: Parts): readonly (readonly string[])[] {
  return [
    ['Kubernetes', cluster.server, 'kube-apiserver and etcd'],
    ['registry', registry.url, 'distribution'],
    ['git', git.url, 'git http-backend'],
    ['operator', `http://127.0.0.1:${metricsPort}/metrics`, 'with the rights of its chart'],
  ]
}

async function drained(operator: Parts['operator']): Promise<void> {
  if (!operator.isRunning()) return
  const status = await operator.stop()
  if (status !== 0) throw new Error(`the operator did not drain: it ended with status ${status ?? 'unknown'}`)
}

/** Says why the story ended before its end. */
async function explain(error: unknown): Promise<number> {
  say('', paint.bad(`✘ ${error instanceof Untrue ? 'This did not happen' : 'It came to nothing'}: ${messageOf(error)}`))
  if (parts === undefined) return 1
  for (const line of await complaints(parts).catch(() => [])) say(...wrap(line, 2))
  const log = parts.operator.log().trimEnd()
  if (log !== '') say('', 'The end of the operator’s log:', ...log.split('\n').slice(-15))
  return 1
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `\n  ${messageOf(error.cause)}` : ''
  return error.message + cause
}

/** Ends what was started; what was not yet, the watchdog of test/servers ends. Answers 1 when the operator did not end well. */
async function end(): Promise<number> {
  let status = 0
  for (const ending of endings.toReversed()) {
    await ending().catch((error: unknown) => {
      say(paint.bad(`✘ ${messageOf(error)}`))
      status = 1
    })
  }
  return status
}
