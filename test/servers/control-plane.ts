import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auditPolicy } from './audit-log.ts'
import { createAuthority, issueCertificate } from './certificate.ts'
import { publishAccess, type Access, type ControlPlane } from './control-plane-access.ts'
import { temporaryFolder } from './guard.ts'
import { freePort, startProcess, type RunningProcess } from './process.ts'
import { controlPlanePrograms, type ControlPlanePrograms } from './programs.ts'
import { httpRequest } from './request.ts'

/** A control plane of this process: kube-apiserver and etcd on 127.0.0.1, RBAC, TLS, an audit log; no controllers. */
export interface StartedControlPlane extends ControlPlane {
  /** Stops the API server (`SIGTERM` unless told to kill it); etcd stays, with the data. */
  readonly stopApiServer: (how?: 'stop' | 'kill') => Promise<void>
  /** Starts it again on the same port, with the same data, and waits until it is ready. */
  readonly startApiServer: () => Promise<void>
  /** Ends both and removes every file. A second call does nothing. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a control plane (about 3 s; the first time on a machine it is built, in minutes) and waits until it is ready.
 * Namespaces that are deleted stay Terminating and no Pod runs, as there are no controllers. Its ServiceAccounts are real:
 * their tokens come from the TokenRequest API. It ends with this process, however that ends.
 */
export async function startControlPlane(): Promise<StartedControlPlane> {
  const programs = await controlPlanePrograms()
  const folder = temporaryFolder('control-plane')
  const etcdPort = await freePort()
  const etcd = await startEtcd(programs, folder.path, etcdPort)
  const port = await freePort()
  const access: Access = {
    server: `https://127.0.0.1:${port}`,
    adminToken: randomBytes(16).toString('hex'),
    authority: createAuthority('tests authority'),
  }
  await writeServerFiles(folder.path, access)
  const start = (): Promise<RunningProcess> => startApiServer(programs, { folder: folder.path, port, etcdPort, access })
  let apiServer = await start()
  return {
    ...(await publishAccess(folder.path, access)),
    stopApiServer: async (how = 'stop') => void (await apiServer[how]()),
    startApiServer: async () => {
      if (apiServer.hasExited()) apiServer = await start()
    },
    stop: async () => {
      await Promise.all([apiServer.kill(), etcd.kill()])
      await folder.remove()
    },
  }
}

async function startEtcd({ etcd }: ControlPlanePrograms, folder: string, port: number): Promise<RunningProcess> {
  const url = `http://127.0.0.1:${port}`
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 })
  return await startProcess({
    name: 'etcd',
    command: etcd,
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      '--listen-peer-urls=http://127.0.0.1:0',
      '--unsafe-no-fsync',
      '--log-level=warn',
      '--snapshot-count=10000',
    ],
    ready: async () => (await httpRequest({ url: `${url}/health`, timeoutMs: 2_000 })).status === 200,
  })
}

interface ApiServerPlace {
  readonly folder: string
  readonly port: number
  readonly etcdPort: number
  readonly access: Access
}

async function startApiServer(
  { apiServer }: ControlPlanePrograms,
  { folder, port, etcdPort, access }: ApiServerPlace,
): Promise<RunningProcess> {
  const at = (name: string): string => join(folder, name)
  const headers = { authorization: `Bearer ${access.adminToken}` }
  return await startProcess({
    name: 'kube-apiserver',
    command: apiServer,
    readyWithinMs: 90_000,
    args: [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${at('server.crt')}`,
      `--tls-private-key-file=${at('server.key')}`,
      `--client-ca-file=${at('client-ca.crt')}`,
      `--service-account-key-file=${at('service-account.key')}`,
      `--service-account-signing-key-file=${at('service-account.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.0.0.0/24',
      `--token-auth-file=${at('tokens.csv')}`,
      '--authorization-mode=RBAC',
      // It would have every Pod wait for a token controller, and there is none.
      '--disable-admission-plugins=ServiceAccount',
      `--audit-policy-file=${at('audit-policy.json')}`,
      `--audit-log-path=${at('audit.log')}`,
      '--audit-log-maxsize=1000',
      `--cert-dir=${at('certificates')}`,
    ],
    ready: async () =>
      (
        await httpRequest({
          url: `${access.server}/readyz`,
          headers,
          ca: access.authority.certificate,
          timeoutMs: 2_000,
        })
      ).status === 200,
  })
}

async function writeServerFiles(folder: string, { adminToken, authority }: Access): Promise<void> {
  const write = async (name: string, content: string): Promise<void> =>
    await writeFile(join(folder, name), content, { mode: 0o600 })
  const server = issueCertificate(authority, {
    commonName: 'kube-apiserver',
    hosts: ['127.0.0.1', 'localhost', 'kubernetes.default.svc'],
  })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await write('server.crt', server.certificate)
  await write('server.key', server.key)
  await write('client-ca.crt', authority.certificate)
  await write('service-account.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString())
  await write('tokens.csv', `${adminToken},admin,admin,system:masters\n`)
  await write('audit-policy.json', JSON.stringify(auditPolicy))
}
