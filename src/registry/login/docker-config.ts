/** One entry of a docker configuration; `unreadable` says what is wrong with it. */
export type DockerEntry =
  | { readonly kind: 'login'; readonly key: string; readonly username: string; readonly password: string }
  | { readonly kind: 'identityToken'; readonly key: string; readonly username: string; readonly token: string }
  | { readonly kind: 'registryToken'; readonly key: string; readonly token: string }
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

/** A token wins over a password, and `auth` over user name and password beside it, as in Kubernetes. */
function entryOf(
  key: string,
  { auth, username, password, identitytoken, registrytoken }: Fields,
): readonly DockerEntry[] {
  if (isText(registrytoken)) return tokenEntry({ kind: 'registryToken', key, token: registrytoken })
  const name = isText(username) ? username : '<token>'
  if (isText(identitytoken)) return tokenEntry({ kind: 'identityToken', key, username: name, token: identitytoken })
  if (isText(auth)) return [decoded(key, auth)]
  return isText(username) && isText(password) ? [{ kind: 'login', key, username, password }] : []
}

/** A token that could not stand in a header is none. */
function tokenEntry(entry: Extract<DockerEntry, { token: string }>): readonly DockerEntry[] {
  if (/^[\x21-\x7e]+$/.test(entry.token)) return [entry]
  return [{ kind: 'unreadable', key: entry.key, why: 'holds a token with characters that no token has' }]
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
