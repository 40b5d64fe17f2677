import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { bits, element, integer, objectIdentifier, octets, sequence, set, text, time, yes } from './der.ts'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** Who signs: a certificate authority of ours. Plain data: it can be written to a file and used by another process. */
export interface Authority extends KeyPair {
  readonly name: string
}

/** Whom a certificate is for. */
export interface Subject {
  readonly commonName: string
  /** Kubernetes reads them as the groups of a user. */
  readonly organizations?: readonly string[]
  /** Host names and IPv4 addresses that a server may be reached by. */
  readonly hosts?: readonly string[]
  /** Ends then instead of in a year. */
  readonly expires?: Date
}

const dayMs = 86_400_000
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))
const clientAndServer = sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'), objectIdentifier('1.3.6.1.5.5.7.3.2'))

/** Makes an authority that signs itself. */
export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = newKeys()
  const extensions = [
    extension('2.5.29.19', sequence(yes), 'critical'),
    extension('2.5.29.15', bits(Buffer.from([0x06]), 1), 'critical'), // keyCertSign, cRLSign
  ]
  const certificate = signed({ issuer: name, subject: { commonName: name }, publicKey, extensions }, privateKey)
  return { name, certificate, key: pemOfKey(privateKey) }
}

/** Makes a key and a certificate for it, for a server or a client. */
export function issueCertificate(authority: Authority, subject: Subject): KeyPair {
  const { privateKey, publicKey } = newKeys()
  const extensions = [
    extension('2.5.29.15', bits(Buffer.from([0x80]), 7), 'critical'), // digitalSignature
    extension('2.5.29.37', clientAndServer),
    ...(subject.hosts ? [extension('2.5.29.17', sequence(...subject.hosts.map(alternativeName)))] : []),
  ]
  const certificate = signed(
    { issuer: authority.name, subject, publicKey, extensions },
    createPrivateKey(authority.key),
  )
  return { certificate, key: pemOfKey(privateKey) }
}

interface Contents {
  readonly issuer: string
  readonly subject: Subject
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** RFC 5280, section 4.1. */
function signed({ issuer, subject, publicKey, extensions }: Contents, key: KeyObject): string {
  const now = Date.now()
  const expires = subject.expires?.getTime() ?? now + 365 * dayMs
  const toBeSigned = sequence(
    element(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    ecdsaWithSha256,
    distinguishedName({ commonName: issuer }),
    sequence(time(new Date(Math.min(now, expires) - dayMs)), time(new Date(expires))),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  )
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bits(sign('sha256', toBeSigned, key)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function distinguishedName({ commonName, organizations = [] }: Subject): Buffer {
  const attribute = (type: string, value: string): Buffer => set(sequence(objectIdentifier(type), text(value)))
  return sequence(...organizations.map((name) => attribute('2.5.4.10', name)), attribute('2.5.4.3', commonName))
}

function alternativeName(host: string): Buffer {
  return isIPv4(host) ? element(0x87, Buffer.from(host.split('.').map(Number))) : element(0x82, Buffer.from(host))
}

function extension(type: string, content: Buffer, critical?: 'critical'): Buffer {
  return sequence(objectIdentifier(type), ...(critical ? [yes] : []), octets(content))
}

function newKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** SEC 1, which Kubernetes wants for the key that signs its tokens. */
function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'sec1', format: 'pem' }).toString()
}
