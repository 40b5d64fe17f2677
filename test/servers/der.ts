// The little of DER (ITU-T X.690, section 10) that a certificate needs: tag, length, content.

/** One element: its tag octet, the length of its content, its content. */
export function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(body.length)]), body])
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  return [0x82, length >> 8, length & 0xff]
}

/** SEQUENCE. */
export const sequence = (...content: readonly Buffer[]): Buffer => element(0x30, ...content)

/** SET. */
export const set = (...content: readonly Buffer[]): Buffer => element(0x31, ...content)

/** INTEGER, from its octets (the first below 0x80, so that it is positive). */
export const integer = (octets: Buffer): Buffer => element(0x02, octets)

/** BOOLEAN TRUE. */
export const yes: Buffer = element(0x01, Buffer.from([0xff]))

/** BIT STRING without unused bits, or with so many at the end. */
export const bits = (octets: Buffer, unused = 0): Buffer => element(0x03, Buffer.from([unused]), octets)

/** OCTET STRING. */
export const octets = (content: Buffer): Buffer => element(0x04, content)

/** UTF8String. */
export const text = (value: string): Buffer => element(0x0c, Buffer.from(value))

/** GeneralizedTime, to the second. (RFC 5280 wants UTCTime before 2050; readers take both.) */
export const time = (moment: Date): Buffer =>
  element(0x18, Buffer.from(`${moment.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`))

/** OBJECT IDENTIFIER, from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(number: number): readonly number[] {
  const digits = [number & 0x7f]
  for (let left = number >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}
