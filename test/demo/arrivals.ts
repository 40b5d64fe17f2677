import { sourcesOf, type Application } from '../servers/argocd/application.ts'
import { waitFor } from '../servers/poll.ts'
import type { Choices } from './builds.ts'
import { claim } from './claim.ts'
import { configRepository, getApplications, type Parts } from './parts.ts'

/** When a value was first seen where it is desired, and when the Application ran it. Milliseconds of `performance.now()`. */
export interface Arrival {
  readonly written: number
  readonly live: number
}

/** Waits until every Application desires what its policy is to choose and runs it, healthy and synced. */
export async function arrivals(parts: Parts, choices: Choices): Promise<ReadonlyMap<string, Arrival>> {
  const names = Object.keys(choices)
  const written = new Map<string, number>()
  const arrived = new Map<string, Arrival>()
  const textOf = desiredText(parts)
  const missing = (): string => {
    const name = names.find((one) => !arrived.has(one)) ?? ''
    return `Application ${name} ${written.has(name) ? 'runs' : 'gets'} ${choices[name]}`
  }
  const note = async (application: Application): Promise<void> => {
    const { name } = application.metadata
    const value = choices[name]
    if (value === undefined || arrived.has(name)) return
    const since = written.get(name) ?? ((await textOf(application)).includes(value) ? performance.now() : undefined)
    if (since === undefined) return
    written.set(name, since)
    if (runs(application, `${parts.image}:${value}`)) arrived.set(name, { written: since, live: performance.now() })
  }
  return await claim(parts, missing, async () => {
    for (const application of await getApplications(parts.cluster)) await note(application)
    return arrived.size === names.length && arrived
  })
}

/** Waits until Argo CD runs every Application as the examples begin, before the operator looks at them. */
export async function begun({ cluster, applications, image }: Parts): Promise<void> {
  await waitFor('Argo CD runs every Application with tag-1.0.0', async () => {
    const running = (await getApplications(cluster)).filter((application) => runs(application, `${image}:tag-1.0.0`))
    return running.length === applications.length
  })
}

/** Whether an Application is synced and healthy with this image and no other. */
function runs({ status }: Application, image: string): boolean {
  const images = status?.summary?.images ?? []
  return status?.sync?.status === 'Synced' && status.health?.status === 'Healthy' && images.join() === image
}

/** Reads where an Application's image is desired: the override file on the branch, or the Application itself. */
function desiredText({ git, policies }: Parts): (application: Application) => Promise<string> {
  const files = new Map<string, { readonly traffic: number; readonly text: string }>()
  const readFile = async (path: string): Promise<string> => {
    // Where the git server answered nobody there was no push either.
    const traffic = git.requests().reduce((sum, { bytesOut }) => sum + bytesOut, 0)
    const last = files.get(path)
    if (last?.traffic === traffic) return last.text
    const text = (await git.readFile(configRepository, path)) ?? ''
    files.set(path, { traffic, text })
    return text
  }
  return async (application) => {
    const { name } = application.metadata
    const [source] = sourcesOf(application)
    const policy = policies.find(({ metadata }) => metadata.name === name)
    if (policy?.spec.writeBack.method === 'git')
      return await readFile(`${source?.path ?? ''}/.argocd-source-${name}.yaml`)
    return JSON.stringify({ ...source?.helm, ...source?.kustomize })
  }
}
