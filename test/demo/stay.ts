import { setTimeout as pause } from 'node:timers/promises'
import { findProgram } from '../servers/find-program.ts'
import { controlPlanePrograms } from '../servers/programs.ts'
import { policyEvents } from './observe.ts'
import { configRepository, imageRepository, type Parts } from './parts.ts'
import { heading, paint, say, short, wrap } from './print.ts'
import { announce } from './running.ts'

const lookEveryMs = 400

/** Says how to play with what runs, then tells every event of the policies as it comes, until it is interrupted. */
export async function stay(parts: Parts): Promise<never> {
  const seen = new Set((await policyEvents(parts)).map(keyOf))
  await announce(parts.folder, {
    pid: process.pid,
    pushUrl: parts.registry.pushUrl,
    repository: imageRepository,
    image: parts.image,
  })
  await sayHowToPlay(parts)
  for (;;) {
    await pause(lookEveryMs)
    const events = await policyEvents(parts).catch(() => [])
    for (const event of events.filter((one) => !seen.has(keyOf(one)))) {
      seen.add(keyOf(event))
      const colour = event.type === 'Normal' ? paint.good : paint.bad
      const time = new Date().toTimeString().slice(0, 8)
      const [first = '', ...more] = wrap(`${time}  ${event.reason}  ${event.regarding.name}  ${short(event.note)}`, 10)
      say(first.replace(time, paint.dim).replace(event.reason, colour), ...more)
    }
  }
}

/** An event that comes again is counted up. */
function keyOf({ metadata, series }: { metadata: { uid: string }; series?: { count: number } | null }): string {
  return `${metadata.uid} ${series?.count ?? 1}`
}

async function sayHowToPlay({ git, gitUser, kubeconfig, metricsPort }: Parts): Promise<void> {
  const kubectl = (await findProgram('kubectl')) === undefined ? (await controlPlanePrograms()).kubectl : 'kubectl'
  const { username, password } = gitUser
  const url = git.repositoryUrl(configRepository).replace('://', `://${username}:${password}@`)
  heading(5, 'Your turn')
  say(...wrap('Everything keeps running. In another terminal:'), '')
  say(`  export KUBECONFIG=${kubeconfig}`)
  const commands = [
    [`${kubectl} get imageupdatepolicies -o wide`, 'or describe, or edit one'],
    [`${kubectl} get applications -o yaml`, ''],
    ['npm run demo -- push tag-1.6.0', 'a release: web-production follows'],
    ['npm run demo -- push tag-2.0.0', 'outside ^1.0: nobody does'],
    ['npm run demo -- push main latest', 'a branch moves: web-edge follows'],
    [`git clone ${url}`, ''],
    ['git log -p', 'revert, push: the policy holds'],
    [`curl -s http://127.0.0.1:${metricsPort}/metrics`, 'the metrics'],
  ]
  say(
    ...commands.map(([command = '', remark = '']) =>
      remark === '' ? `  ${command}` : `  ${command.padEnd(40)}  ${paint.dim(remark)}`,
    ),
  )
  say('', ...wrap('What the policies do is told here. Ctrl-C ends everything and leaves nothing behind.'), '')
}
