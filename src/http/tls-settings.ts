import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { fault, parsed, type Parsed } from '../core/result.ts'

/** What a connection trusts besides the usual authorities, and by what it proves who we are. All of it is PEM. */
export interface TlsSettings {
  /** Tells settings apart without telling what is in them. */
  readonly id: string
  readonly ca: string | undefined
  readonly client: { readonly certificate: string; readonly key: string } | undefined
}

/** What settings are made of. */
export interface TlsMaterial {
  readonly ca?: Uint8Array | undefined
  readonly certificate?: Uint8Array | undefined
  readonly key?: Uint8Array | undefined
}

/** Checks what was given, so that a connection fails for no fault that can be told before; the fault names the part (`ca`, `certificate`, `key`). */
export function parseTls(material: TlsMaterial): Parsed<TlsSettings> {
  const [ca, certificate, key] = [text(material.ca), text(material.certificate), text(material.key)]
  if (ca !== undefined && !certificatesIn(ca).every(isCertificate)) return fault('ca holds no certificates in PEM')
  if (certificate === undefined && key === undefined) return parsed(settings(ca, undefined))
  if (certificate === undefined || key === undefined)
    return fault('certificate and key belong together: give both, or none')
  if (!certificatesIn(certificate).every(isCertificate)) return fault('certificate holds no certificate in PEM')
  if (!isKeyOf(key, certificate)) return fault('key is no private key in PEM, or not that of the certificate')
  return parsed(settings(ca, { certificate, key }))
}

/** The same without what proves who we are: for another host than the one that it was given for. */
export function withoutClient(tls: TlsSettings | undefined): TlsSettings | undefined {
  return tls?.ca === undefined ? undefined : settings(tls.ca, undefined)
}

function settings(ca: string | undefined, client: TlsSettings['client']): TlsSettings {
  const id = createHash('sha256')
    .update(JSON.stringify([ca, client]))
    .digest('hex')
    .slice(0, 16)
  return { id, ca, client }
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

/** At least one: text without any is one that is none. */
function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [pem]
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== ''
  } catch {
    return false
  }
}

function isKeyOf(key: string, certificate: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
