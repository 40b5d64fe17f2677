/** One entry of a docker configuration; `unreadable` says what is wrong with it. */
export type DockerEntry =
  | { readonly kind: 'login'; readonly key: string; readonly username: string; readonly password: string }
  | { readonly kind: 'unreadable'; readonly key: string; readonly why: string }

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the content of `.dockerconfigjson` (`{"auths": {…}}`) or `.dockercfg` (the inner object alone; found under either key).
 * Undefined: it is no JSON object. Entries without credentials are left out; a bad one does not spoil the others.
 */
export function parseDockerConfig(content: Uint8Array): readonly DockerEntry[] | undefined {
  const config = jsonObject(content)
  if (config === undefined) return undefined
  const entries = isObject(config['auths']) ? config['auths'] : config
  return Object.entries(entries).flatMap(([key, entry]) => (isObject(entry) ? entryOf(key, entry) : []))
}

/** `auth` wins over user name and password beside it, as in Kubernetes. */
function entryOf(
  key: string,
  { auth, username, password, identitytoken, registrytoken }: Fields,
): readonly DockerEntry[] {
  if (isText(registrytoken) || isText(identitytoken))
    return [{ kind: 'unreadable', key, why: 'holds a token of its own kind; only user name and password can be used' }]
  if (isText(auth)) return [decoded(key, auth)]
  return isText(username) && isText(password) ? [{ kind: 'login', key, username, password }] : []
}

/** The password may hold colons, the user name not. */
function decoded(key: string, auth: string): DockerEntry {
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(auth.trim()) || colon < 1)
    return { kind: 'unreadable', key, why: 'is not base64 of user:password' }
  return { kind: 'login', key, username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function jsonObject(content: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(content).toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
