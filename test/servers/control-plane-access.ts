import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { readAuditLog, type AuditEvent } from './audit-log.ts'
import { issueCertificate, type Authority } from './certificate.ts'
import { waitFor } from './poll.ts'
import { httpRequest } from './request.ts'

/** A user by name, with the groups that RBAC knows him by. */
export interface User {
  readonly name: string
  readonly groups?: readonly string[]
}

/** What one can do with a running control plane, from any process (`joinControlPlane`). Files are removed with it. */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>` */
  readonly server: string
  /** Holds everything of this control plane; the key for `joinControlPlane`. */
  readonly folder: string
  /** PEM of the authority that signed the server's certificate, as a file and as text. */
  readonly caFile: string
  readonly caData: string
  /** A bearer token of somebody in `system:masters`. */
  readonly adminToken: string
  /** The path of a kubeconfig for that administrator. */
  readonly adminKubeconfig: string
  /** The path of a new kubeconfig: the administrator's (token), or one for any user one likes (client certificate). */
  readonly kubeconfig: (user: 'admin' | User, namespace?: string) => Promise<string>
  /** The path of a new kubeconfig with a token of an existing ServiceAccount (TokenRequest, one day), in its namespace. */
  readonly serviceAccountKubeconfig: (namespace: string, name: string) => Promise<string>
  /** A request as the administrator. Answers the parsed body; throws `ApiRefusal` for a status of 300 or more. PATCH is a merge patch unless `contentType` says otherwise. */
  readonly api: <T = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    contentType?: string,
  ) => Promise<T>
  /** Makes a namespace whose name begins with `prefix`, and returns its name. Nothing deletes namespaces here: take a new one. */
  readonly createNamespace: (prefix: string) => Promise<string>
  /** Applies the CustomResourceDefinitions in YAML files and waits until the server serves them. */
  readonly applyCrds: (files: readonly string[]) => Promise<void>
  /** Who asked the API server what, since a moment (its beginning unless given). An event comes when its request has been answered: wait for it. */
  readonly auditLog: (since?: Date) => Promise<readonly AuditEvent[]>
}

/** The API server said no. */
export class ApiRefusal extends Error {
  readonly status: number
  /** The `reason` of its Status, such as `NotFound` or `Invalid`. */
  readonly reason: string

  constructor(request: string, status: number, body: { readonly reason?: string; readonly message?: string }) {
    super(`${request}: ${status} ${body.reason ?? ''}: ${body.message ?? ''}`)
    this.name = 'ApiRefusal'
    this.status = status
    this.reason = body.reason ?? ''
  }
}

/** What `startControlPlane` leaves in the folder for other processes. */
export interface Access {
  readonly server: string
  readonly adminToken: string
  readonly authority: Authority
}

/** The control plane that another process started, by its folder. */
export async function joinControlPlane(folder: string): Promise<ControlPlane> {
  return accessTo(folder, JSON.parse(await readFile(join(folder, 'access.json'), 'utf8')) as Access)
}

/** Writes down how to get in, with a kubeconfig for the administrator. */
export async function publishAccess(folder: string, access: Access): Promise<ControlPlane> {
  await writeFile(join(folder, 'ca.crt'), access.authority.certificate)
  await writeFile(join(folder, 'admin.kubeconfig'), kubeconfigText(access, 'admin', { token: access.adminToken }), {
    mode: 0o600,
  })
  await writeFile(join(folder, 'access.json'), JSON.stringify(access), { mode: 0o600 })
  return accessTo(folder, access)
}

function accessTo(folder: string, access: Access): ControlPlane {
  const { server, adminToken, authority } = access
  const api = apiCaller(access)
  const write = async (name: string, credentials: object, namespace?: string): Promise<string> => {
    const file = join(folder, `${name.replaceAll(/[^\w.-]+/g, '-')}-${randomBytes(4).toString('hex')}.kubeconfig`)
    await writeFile(file, kubeconfigText(access, name, credentials, namespace), { mode: 0o600 })
    return file
  }
  return {
    server,
    folder,
    adminToken,
    api,
    caFile: join(folder, 'ca.crt'),
    caData: authority.certificate,
    adminKubeconfig: join(folder, 'admin.kubeconfig'),
    kubeconfig: async (user, namespace) =>
      user === 'admin'
        ? await write('admin', { token: adminToken }, namespace)
        : await write(user.name, certificateFor(user, authority), namespace),
    serviceAccountKubeconfig: async (namespace, name) =>
      await write(`${namespace}-${name}`, { token: await requestToken(api, namespace, name) }, namespace),
    createNamespace: async (prefix) => {
      const { metadata } = await api<{ metadata: { name: string } }>('POST', '/api/v1/namespaces', {
        metadata: { generateName: `${prefix}-` },
      })
      return metadata.name
    },
    applyCrds: async (files) => {
      for (const file of files) await applyCrdsOf(await readFile(file, 'utf8'), api)
    },
    auditLog: async (since) => await readAuditLog(join(folder, 'audit.log'), since),
  }
}

function apiCaller({ server, adminToken, authority }: Access): ControlPlane['api'] {
  return async <T>(
    method: string,
    path: string,
    body?: unknown,
    contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  ) => {
    const response = await httpRequest({
      url: server + path,
      method,
      ca: authority.certificate,
      headers: {
        authorization: `Bearer ${adminToken}`,
        accept: 'application/json',
        'user-agent': 'test-servers',
        ...(body !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer: unknown = parsed(response.body.toString())
    if (response.status >= 300)
      throw new ApiRefusal(`${method} ${path}`, response.status, answer as { reason?: string; message?: string })
    return answer as T
  }
}

/** A few paths, such as /readyz, answer in plain text. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return { message: body }
  }
}

async function requestToken(api: ControlPlane['api'], namespace: string, name: string): Promise<string> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } }
  const { status } = await api<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    request,
  )
  return status.token
}

function certificateFor({ name, groups = [] }: User, authority: Authority): object {
  const { certificate, key } = issueCertificate(authority, { commonName: name, organizations: groups })
  return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
}

function kubeconfigText(
  { server, authority }: Access,
  user: string,
  credentials: object,
  namespace = 'default',
): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'tests',
    clusters: [{ name: 'tests', cluster: { server, 'certificate-authority-data': base64(authority.certificate) } }],
    contexts: [{ name: 'tests', context: { cluster: 'tests', user, namespace } }],
    users: [{ name: user, user: credentials }],
  })
}

const base64 = (value: string): string => Buffer.from(value).toString('base64')

interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly names: { readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly served: boolean }[]
  }
}

async function applyCrdsOf(yaml: string, api: ControlPlane['api']): Promise<void> {
  for (const document of parseAllDocuments(yaml)) {
    const crd = document.toJS() as Crd | null
    if (crd === null) continue
    const { group, names, versions } = crd.spec
    await api(
      'PATCH',
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}?fieldManager=tests&force=true`,
      crd,
      'application/apply-patch+yaml',
    )
    for (const { name } of versions.filter((version) => version.served)) {
      await waitFor(
        `${names.plural}.${group} ${name} is served`,
        async () => await api('GET', `/apis/${group}/${name}/${names.plural}?limit=1`).then(() => true),
      )
    }
  }
}
