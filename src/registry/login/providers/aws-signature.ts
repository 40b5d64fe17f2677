import { createHash, createHmac } from 'node:crypto'
import type { CloudRequest } from './provider.ts'

/** Keys of AWS; with a session token they end at some time. */
export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

/** For what a request is signed; `now` is in ms since the epoch. */
export interface SigningScope {
  readonly region: string
  readonly service: string
  readonly now: number
}

/**
 * Signs a request (AWS Signature Version 4): its method, path, query, headers and body.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signed(request: CloudRequest, keys: AwsKeys, scope: SigningScope): CloudRequest {
  const time = new Date(scope.now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const headers: Readonly<Record<string, string>> = {
    ...request.headers,
    'x-amz-date': time,
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
  }
  const scopeText = `${time.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`
  const names = ['host', ...Object.keys(headers)].map((name) => name.toLowerCase()).toSorted()
  const canonical = canonicalRequest({ ...request, headers }, names)
  const toSign = ['AWS4-HMAC-SHA256', time, scopeText, sha256(canonical)].join('\n')
  const signature = hmac(signingKey(keys, time.slice(0, 8), scope), toSign).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scopeText}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...request, headers: { ...headers, authorization } }
}

function canonicalRequest({ method, url, headers = {}, body = '' }: CloudRequest, names: readonly string[]): string {
  const all = new Map(
    Object.entries({ ...headers, host: url.host }).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const lines = names.map((name) => `${name}:${(all.get(name) ?? '').trim().replaceAll(/ +/g, ' ')}\n`)
  return [method, url.pathname, canonicalQuery(url), lines.join(''), names.join(';'), sha256(body)].join('\n')
}

function canonicalQuery({ searchParams }: URL): string {
  const pairs = [...searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
  return pairs.toSorted().join('&')
}

/** RFC 3986: what `encodeURIComponent` leaves alone beyond the unreserved characters is escaped too. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function signingKey({ secretAccessKey }: AwsKeys, day: string, { region, service }: SigningScope): Buffer {
  return [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
