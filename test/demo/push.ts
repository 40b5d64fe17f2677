import { randomUUID } from 'node:crypto'
import { pushImage } from '../servers/image.ts'
import { paint, say } from './print.ts'
import { findRunning } from './running.ts'

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
const tagForm = /^\w[\w.-]{0,127}$/

/** `npm run demo -- push <tag>…`: pushes a new image to the demonstration that runs. Answers with the exit status. */
export async function pushToRunning(tags: readonly string[]): Promise<number> {
  const bad = tags.find((tag) => !tagForm.test(tag))
  if (tags.length === 0 || bad !== undefined) {
    console.error(bad === undefined ? 'Say which tags: npm run demo -- push tag-1.6.0' : `${bad} is no tag of an image`)
    return 2
  }
  const running = await findRunning()
  if (running === undefined) {
    console.error('No demonstration is running. Start one with: npm run demo')
    return 1
  }
  const target = { pushUrl: running.pushUrl, authorizationFor: () => undefined }
  const { digest } = await pushImage(target, running.repository, tags, { seed: randomUUID() })
  say(`${paint.good('✔')} pushed ${running.image} as ${tags.map(paint.bold).join(', ')}`, paint.dim(`  ${digest}`))
  return 0
}
