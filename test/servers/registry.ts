import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair } from './certificate.ts'
import { startCountingProxy, type CountingProxy } from './counting-proxy.ts'
import { temporaryFolder } from './guard.ts'
import type { PushTarget } from './image.ts'
import { freePort, startProcess, type RunningProcess } from './process.ts'
import { registryProgram } from './programs.ts'
import { httpRequest } from './request.ts'
import {
  basicAuthorization,
  createTokenIssuer,
  startTokenServer,
  type Credentials,
  type TokenIssuer,
} from './token-server.ts'

/** What kind of registry. With nothing given: plain HTTP, open to everybody. */
export interface RegistryOptions {
  /** Whom it lets in: by Basic, or for a token when `token` is set. */
  readonly auth?: Credentials
  /** Bearer tokens from a token server on a port of its own. */
  readonly token?: boolean
  /** Whether the token server gives `pull` to those who name no user. True unless `auth` is given. */
  readonly anonymousPull?: boolean
  /** Whether the token server takes who shows a wrong password for nobody, as Harbor's does. */
  readonly lenient?: boolean
  /** How long a token lasts (300 unless given). */
  readonly tokenSeconds?: number
  /** HTTPS, with a certificate by an authority of its own (`caFile`); for the token server as well. */
  readonly tls?: boolean
  /** Where it stores images; the folder is kept. A temporary one unless given. */
  readonly storage?: string
  /** The port of 127.0.0.1; a free one unless given. */
  readonly port?: number
}

/**
 * A registry on 127.0.0.1. Its clients come through a counting proxy: see `requests`, `clearRequests`, `fault`, `stopServing`
 * and `startServing` there. `pushImage` does not: what a test pushes is not counted, needs no credentials, and works while the
 * registry is down for everybody else.
 */
export interface Registry extends CountingProxy, PushTarget {
  /** `127.0.0.1:<port>`, the first part of a reference. */
  readonly host: string
  /** `http://127.0.0.1:<port>`, or `https://…` */
  readonly url: string
  /** PEM of the authority that signed its certificate, as text and as a file; undefined without TLS. */
  readonly ca: string | undefined
  readonly caFile: string | undefined
  /** The proxy in front of the token server; undefined without tokens. */
  readonly tokenServer: CountingProxy | undefined
  /** Ends it and removes its files. A second call does nothing. */
  readonly stop: () => Promise<void>
}

/** Starts distribution's registry (in about 100 ms, once it is built) and waits until it answers. It ends with this process. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const folder = temporaryFolder('registry')
  const authority = options.tls ? createAuthority('registry authority') : undefined
  const tls = authority && issueCertificate(authority, { commonName: 'registry', hosts: ['127.0.0.1', 'localhost'] })
  const caFile = authority && join(folder.path, 'ca.crt')
  if (caFile) await writeFile(caFile, authority.certificate)
  const guard = await startGuard(options, folder.path, tls)
  const upstreamPort = await freePort()
  const upstream = await startUpstream(folder.path, upstreamPort, {
    storage: options.storage ?? join(folder.path, 'images'),
    auth: guard.auth,
  })
  const proxy = await startCountingProxy(upstreamPort, options.port ?? (await freePort()), tls)
  const host = `127.0.0.1:${proxy.port}`
  return {
    ...proxy,
    host,
    caFile,
    url: `${tls ? 'https' : 'http'}://${host}`,
    ca: authority?.certificate,
    tokenServer: guard.tokenServer,
    pushUrl: `http://127.0.0.1:${upstreamPort}`,
    authorizationFor: guard.authorizationFor,
    stop: async () => {
      await Promise.all([proxy.stopServing(), guard.tokenServer?.stop(), upstream.kill()])
      await folder.remove()
    },
  }
}

/** What stands between a registry and its clients. */
interface Guard {
  /** The part `auth` of the registry's configuration. */
  readonly auth?: object
  readonly authorizationFor: PushTarget['authorizationFor']
  readonly tokenServer?: Awaited<ReturnType<typeof startTokenServer>>
}

async function startGuard(options: RegistryOptions, folder: string, tls: KeyPair | undefined): Promise<Guard> {
  if (options.token) return await startTokenGuard(options, folder, tls)
  if (!options.auth) return { authorizationFor: () => undefined }
  const path = join(folder, 'htpasswd')
  await writeFile(path, await passwordLine(options.auth), { mode: 0o600 })
  const authorization = basicAuthorization(options.auth)
  return { auth: { htpasswd: { realm: 'tests', path } }, authorizationFor: () => authorization }
}

async function startTokenGuard(options: RegistryOptions, folder: string, tls: KeyPair | undefined): Promise<Guard> {
  const issuer = createTokenIssuer('registry')
  const user = options.auth ?? { username: 'nobody', password: randomBytes(16).toString('hex') }
  const { anonymousPull = !options.auth, lenient = false, tokenSeconds: seconds = 300 } = options
  const rules = { user, anonymousPull, lenient, seconds }
  const tokenServer = await startTokenServer(issuer, rules, tls)
  const jwks = join(folder, 'keys.json')
  await writeFile(jwks, issuer.keySet)
  const realm = `${tls ? 'https' : 'http'}://127.0.0.1:${tokenServer.port}/token`
  const token = { realm, service: issuer.service, issuer: issuer.issuer, jwks, signingalgorithms: ['ES256'] }
  return { auth: { token }, tokenServer, authorizationFor: (repository) => bearerForEverything(issuer, repository) }
}

function bearerForEverything(issuer: TokenIssuer, repository: string): string {
  const access = { type: 'repository', name: repository, actions: ['pull', 'push', 'delete'] }
  return `Bearer ${issuer.issue([access], 60, 'tests')}`
}

async function startUpstream(
  folder: string,
  port: number,
  { storage, auth }: { storage: string; auth: object | undefined },
): Promise<RunningProcess> {
  const configuration = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    // Relative, so that they lead back to the proxy.
    http: { addr: `127.0.0.1:${port}`, relativeurls: true, secret: randomBytes(16).toString('hex') },
    ...(auth && { auth }),
  }
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(configuration))
  return await startProcess({
    name: 'registry',
    command: await registryProgram(),
    args: ['serve', join(folder, 'config.yml')],
    // Nothing of the person's own: REGISTRY_… would change the configuration. It would also look for somebody to send traces to, and in
    // benchmarks the collection of its garbage would take much of the machine from the client.
    env: { OTEL_TRACES_EXPORTER: 'none', GOGC: '800' },
    ready: async () =>
      [200, 401].includes((await httpRequest({ url: `http://127.0.0.1:${port}/v2/`, timeoutMs: 2_000 })).status),
  })
}

async function passwordLine({ username, password }: Credentials): Promise<string> {
  const program = await registryProgram()
  return await new Promise((resolve, reject) => {
    const child = execFile(program, ['htpasswd', username], { timeout: 20_000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    )
    child.stdin?.end(password)
  })
}
