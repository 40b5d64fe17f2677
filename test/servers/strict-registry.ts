import { connect } from 'node:net'
import { once } from 'node:events'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eachAtOnce } from '../../src/registry/at-once.ts'
import { createAuthority, issueCertificate, type KeyPair } from './certificate.ts'
import { temporaryFolder } from './guard.ts'
import { freePort, startProcess } from './process.ts'
import { registryProgram } from './programs.ts'

/** A registry that speaks TLS itself, and only with those who show a certificate by its authority. */
export interface StrictRegistry {
  readonly host: string
  /** PEM. */
  readonly authority: string
  /** A certificate that it lets in. */
  readonly client: KeyPair
  readonly stop: () => Promise<void>
}

/** Starts distribution's registry on a folder of images, with no proxy before it. */
export async function startStrictRegistry(storage: string): Promise<StrictRegistry> {
  const folder = temporaryFolder('strict-registry')
  const authority = createAuthority('strict authority')
  const serving = issueCertificate(authority, { commonName: 'registry', hosts: ['127.0.0.1'] })
  const write = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder.path, name), content, { mode: 0o600 })
    return join(folder.path, name)
  }
  const tls = {
    certificate: await write('tls.crt', serving.certificate),
    key: await write('tls.key', serving.key),
    clientcas: [await write('ca.crt', authority.certificate)],
  }
  const port = await freePort()
  const configuration = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, maintenance: { uploadpurging: { enabled: false } } },
    http: { addr: `127.0.0.1:${port}`, tls },
  }
  const running = await startProcess({
    name: 'strict registry',
    command: await registryProgram(),
    // JSON is YAML.
    args: ['serve', await write('config.yml', JSON.stringify(configuration))],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: () => isListening(port),
  })
  return {
    host: `127.0.0.1:${port}`,
    authority: authority.certificate,
    client: issueCertificate(authority, { commonName: 'operator' }),
    stop: async () => {
      await running.kill()
      await folder.remove()
    },
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}

/** Lets further tags of a stored repository point to what one of its tags points to, as pushing them one by one would. */
export async function storeTags(
  storage: string,
  repository: string,
  { tags, like }: { readonly tags: readonly string[]; readonly like: string },
): Promise<void> {
  const folder = join(storage, 'docker/registry/v2/repositories', repository, '_manifests/tags')
  await eachAtOnce(tags, 16, (tag) => symlink(like, join(folder, tag)))
}
