import { stringify } from 'yaml'
import type { Application } from '../servers/argocd/application.ts'
import type { Choices } from './builds.ts'
import { claim, Untrue } from './claim.ts'
import { configRepository, namespace, type Parts } from './parts.ts'
import { coloured, paint, say, short, wrap } from './print.ts'

const operatorName = 'image-update-operator'
const serviceAccount = `${namespace}/${operatorName}`
const operatorUser = `system:serviceaccount:${serviceAccount.replace('/', ':')}`

/** Things as they stood at a moment. */
export interface State {
  readonly choices: Choices
  readonly applications: readonly Application[]
  /** The newest commit of the cluster configuration. */
  readonly tip: string | undefined
}

/** What lies between two states: a push of images. */
export interface Scene {
  readonly before: State
  readonly after: State
  readonly pushedAt: Date
}

/** Shows how the operator patched the Applications of method argocd; the audit log says that it was the operator. */
export async function tellPatches(parts: Parts, { before, after, pushedAt }: Scene): Promise<void> {
  for (const { metadata, spec } of parts.policies) {
    if (spec.writeBack.method !== 'argocd') continue
    const { name } = metadata
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
    const title = `method argocd: Application ${name}, patched by ServiceAccount ${serviceAccount}`
    say(...wrap(title).map(paint.bold), '')
    say(...coloured(diff).map((line) => `  ${line}`), '')
  }
}

function sourceText(applications: readonly Application[], name: string): string {
  const application = applications.find(({ metadata }) => metadata.name === name)
  return stringify({ spec: { source: application?.spec.source } }, { indentSeq: false })
}

/** Shows the commits that the operator made since, each with what it changed. */
export async function tellCommits(parts: Parts, { before }: Scene): Promise<void> {
  const log = await parts.git.log(configRepository)
  const known = log.findIndex(({ oid }) => oid === before.tip)
  const commits = log.slice(0, known).toReversed()
  const files = commits.filter(({ author }) => author.startsWith(operatorName)).flatMap((commit) => commit.files)
  for (const { metadata, spec } of parts.policies) {
    const file = `.argocd-source-${metadata.name}.yaml`
    if (spec.writeBack.method === 'git' && !files.some((path) => path.endsWith(`/${file}`)))
      throw new Untrue(`${operatorName} committed ${file}`)
  }
  for (const { oid, subject } of commits) {
    say(...wrap(`method git: commit ${oid.slice(0, 7)}, ${short(subject)}`).map(paint.bold), '')
    const diff = (await parts.git.diff(configRepository, oid)).split(/^diff --git .*$/m).slice(1)
    for (const file of diff) {
      say(`  ${/^\+\+\+ b\/(.*)$/m.exec(file)?.[1] ?? ''}`)
      say(...coloured(file).map((line) => `  ${line}`), '')
    }
  }
}
