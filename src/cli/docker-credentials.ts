import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { credentialsIn as lookInEntries, type Credentials } from '../registry/login/credentials.ts'
import { parseDockerConfig } from '../registry/login/docker-config.ts'
import { isKeyFor, normalisedKey } from '../registry/login/registry-key.ts'
import type { Surroundings } from './command.ts'

/** What the docker configuration of whoever calls has for a repository. */
export interface DockerCredentials {
  readonly credentials: Credentials | undefined
  /** Why credentials that it tells of can't be used; undefined: there is nothing to say. */
  readonly remark: string | undefined
}

interface Repository {
  readonly host: string
  readonly repository: string
}

/** Looks only where docker itself does, and only at `auths`: no helper program is started. */
export async function dockerCredentials(
  repository: Repository,
  { environment }: Pick<Surroundings, 'environment'>,
): Promise<DockerCredentials> {
  const folder =
    environment['DOCKER_CONFIG'] ?? join(environment['HOME'] ?? environment['USERPROFILE'] ?? '', '.docker')
  const file = join(folder, 'config.json')
  const content = await readFile(file).catch(() => undefined)
  if (content === undefined) return { credentials: undefined, remark: undefined }
  const found = credentialsIn(content, repository)
  return { ...found, remark: found.remark === undefined ? undefined : `${file}: ${found.remark}` }
}

/** The entry with the longest path counts. */
function credentialsIn(content: Uint8Array, { host, repository }: Repository): DockerCredentials {
  const entries = parseDockerConfig(content)
  if (entries === undefined) return { credentials: undefined, remark: 'is no docker configuration in JSON' }
  const found = lookInEntries(entries, { host, repository })
  switch (found.kind) {
    case 'found':
      return { credentials: found.all[0].credentials, remark: undefined }
    case 'unreadable':
      return { credentials: undefined, remark: `the entry for ${host} ${found.why}` }
    case 'none':
      return { credentials: undefined, remark: helperRemark(content, { host, repository }) }
  }
}

/** With a helper, docker leaves an empty entry in `auths` for each registry that it is logged in to. */
function helperRemark(content: Uint8Array, { host, repository }: Repository): string | undefined {
  const { auths, credHelpers, credsStore } = JSON.parse(Buffer.from(content).toString('utf8')) as {
    auths?: unknown
    credHelpers?: unknown
    credsStore?: unknown
  }
  const isMeant = (keys: unknown) =>
    Object.keys(keys ?? {}).some((key) => isKeyFor(normalisedKey(key), host, repository))
  const member = isMeant(credHelpers) ? 'credHelpers' : credsStore !== undefined && isMeant(auths) ? 'credsStore' : ''
  if (member === '') return undefined
  return `the credentials for ${host} are with a helper program (${member}), which is not asked; only user name and password in auths are used. Give DOCKER_CONFIG a folder whose config.json has them, or the tags by --tags`
}
