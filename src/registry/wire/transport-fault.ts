import { reasons } from '../../api/conditions.ts'
import { ReconcileError, type Retry } from '../../errors.ts'
import { ProxyFault } from '../../http/proxy-fault.ts'
import { codesIn, errorIn } from '../../http/thrown.ts'

/** What kept an answer from coming: `again` tells whether asking once more may help at once. */
export interface TransportFault {
  readonly error: ReconcileError
  readonly again: boolean
}

const interval: Retry = { kind: 'interval' }
const unknownAuthority = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
  HOSTNAME_MISMATCH: 'is for another name',
}
const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known (DNS)',
  EAI_AGAIN: 'its name could not be looked up (DNS)',
  ECONNREFUSED: 'it refuses connections',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped coming',
  TimeoutError: 'it did not answer in time',
  UND_ERR_HEADERS_OVERFLOW: 'it sends more headers than are read',
  HTTPParserError: 'it does not answer with HTTP',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'it wants a client certificate: name one in registry.certSecretRef, or in tls of the registries file',
}
/** What will hardly be better in a moment, or has taken long already. */
const lasting = [
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'TimeoutError',
  'ENOTFOUND',
  'UND_ERR_HEADERS_OVERFLOW',
  'HTTPParserError',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
]

/** Tells a failed request in our own words: a client library's message may hold headers. */
export function transportFault(thrown: unknown, host: string): TransportFault {
  const own = errorIn(ReconcileError, thrown)
  if (own !== undefined) return { error: own, again: false }
  const proxy = errorIn(ProxyFault, thrown)
  if (proxy?.status !== undefined) return closedProxy(proxy.proxy, proxy.status, host)
  return faultOf(codesIn(thrown), proxy === undefined ? registryAt(host) : proxyBefore(host, proxy.proxy))
}

/** Who is out of reach, and what to do if he speaks no TLS, or nobody here knows who vouches for him. */
interface Subject {
  readonly name: string
  readonly ifPlain: string
  readonly ifUnknown: string
}

const everywhere = 'give the operator the authority in NODE_EXTRA_CA_CERTS'

function registryAt(host: string): Subject {
  const ifUnknown = `name the authority in registry.certSecretRef, or in tls.caFile of the registries file, or ${everywhere}`
  return { name: host, ifPlain: 'set registry.insecure: true', ifUnknown }
}

function proxyBefore(host: string, proxy: string): Subject {
  const ifPlain = 'write http:// in its address'
  return { name: `the proxy ${proxy} before ${host}`, ifPlain, ifUnknown: everywhere }
}

function faultOf(codes: readonly string[], { name, ifPlain, ifUnknown }: Subject): TransportFault {
  const certificate = codes.map((code) => certificateFault(code, ifUnknown)).find((what) => what !== undefined)
  if (certificate !== undefined) {
    const message = `the TLS certificate of ${name} ${certificate}`
    return { error: new ReconcileError(reasons.tlsVerificationFailed, message, { retry: interval }), again: false }
  }
  if (codes.some((code) => code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')) {
    const message = `${name} speaks plain HTTP; ${ifPlain}`
    return { error: new ReconcileError(reasons.registryUnavailable, message, { retry: interval }), again: false }
  }
  const what = codes.map((code) => unreachable[code]).find((words) => words !== undefined) ?? brokenConnection(codes)
  const error = new ReconcileError(reasons.registryUnavailable, `${name} can't be reached: ${what}`)
  return { error, again: !codes.some((code) => lasting.includes(code)) }
}

function closedProxy(proxy: string, status: number, host: string): TransportFault {
  const where = 'look at proxy in the registries file, or HTTPS_PROXY and NO_PROXY in the environment'
  const message = `the proxy ${proxy} ${refusalOf(status, host)} (HTTP ${status}); ${where}`
  return { error: new ReconcileError(reasons.registryUnavailable, message), again: status >= 500 }
}

function refusalOf(status: number, host: string): string {
  if (status === 407) return `before ${host} wants a user name and password, or others`
  return status >= 500 ? `does not get through to ${host}` : `does not let us through to ${host}`
}

function certificateFault(code: string, ifUnknown: string): string | undefined {
  if (unknownAuthority.includes(code)) return `is signed by itself or by an authority unknown here; ${ifUnknown}`
  return certificateFaults[code] ?? (/^(CERT_|ERR_TLS_CERT_)/.test(code) ? 'could not be verified' : undefined)
}

function brokenConnection(codes: readonly string[]): string {
  const tls = codes.some((code) => code.startsWith('ERR_SSL_') || code === 'EPROTO')
  return tls ? 'no TLS connection could be agreed upon' : 'the connection broke'
}
