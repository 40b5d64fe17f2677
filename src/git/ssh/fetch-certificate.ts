import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { readSsh, sshString } from './ssh-wire.ts'

const [disconnect, keyExchangeInit, exchangeInit, exchangeReply] = [1, 20, 30, 31]
const longestAnswer = 256 * 1024
const longestWait = 10_000

const certificates = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521']
  .map((type) => `${type}-cert-v01@openssh.com`)
  .concat(['rsa-sha2-512-cert-v01@openssh.com', 'rsa-sha2-256-cert-v01@openssh.com'])
const exchanges = ['curve25519-sha256', 'curve25519-sha256@libssh.org']
const ciphers = ['aes128-ctr', 'aes256-ctr', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com']
const digests = ['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha2-256-etm@openssh.com']

/**
 * Asks an SSH server for the certificate of its host key, which ssh2 does not: begins to exchange keys (RFC 4253, RFC 8731) up to
 * where the server shows it, and leaves. What it shows proves nothing yet. Undefined: it has none, or does not go along. The
 * socket is used up.
 */
export async function fetchCertificate(socket: Socket): Promise<Buffer | undefined> {
  socket.setTimeout(longestWait, () => socket.destroy())
  try {
    socket.write('SSH-2.0-image-update-operator\r\n')
    socket.write(packet(offer()))
    return await readReply(socket)
  } catch {
    // It ended the connection: without a certificate the key alone is judged.
    return undefined
  } finally {
    socket.destroy()
  }
}

async function readReply(socket: Socket): Promise<Buffer | undefined> {
  let bytes = Buffer.alloc(0)
  let isGreeted = false
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length > longestAnswer) return undefined
    if (!isGreeted) {
      const greeting = /(?:^|\n)SSH-2\.0-[^\n]*\n/.exec(bytes.toString('latin1'))
      if (greeting === null) continue
      isGreeted = true
      bytes = bytes.subarray(greeting.index + greeting[0].length)
    }
    for (let payload = firstPayload(bytes); payload !== undefined; payload = firstPayload(bytes)) {
      bytes = bytes.subarray(payload.end)
      const [kind] = payload.content
      if (kind === disconnect) return undefined
      if (kind === keyExchangeInit) socket.write(packet(publicHalf()))
      if (kind === exchangeReply) return readSsh(payload.content.subarray(1)).string()
    }
  }
  return undefined
}

/** The content of the first packet, once it is there in full. Nothing is encrypted yet. */
function firstPayload(bytes: Buffer): { readonly content: Buffer; readonly end: number } | undefined {
  if (bytes.length < 5) return undefined
  const end = 4 + bytes.readUInt32BE(0)
  return bytes.length < end ? undefined : { content: bytes.subarray(5, end - bytes.readUInt8(4)), end }
}

function packet(content: Buffer): Buffer {
  const padding = 4 + ((8 - ((content.length + 9) % 8)) % 8)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(content.length + padding + 1)
  head.writeUInt8(padding, 4)
  return Buffer.concat([head, content, randomBytes(padding)])
}

function offer(): Buffer {
  const lists = [exchanges, certificates, ciphers, ciphers, digests, digests, ['none'], ['none'], [], []]
  return Buffer.concat([
    Buffer.from([keyExchangeInit]),
    randomBytes(16),
    ...lists.map((list) => sshString(list.join(','))),
    Buffer.alloc(5),
  ])
}

function publicHalf(): Buffer {
  const { x = '' } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
  return Buffer.concat([Buffer.from([exchangeInit]), sshString(Buffer.from(x, 'base64url'))])
}
