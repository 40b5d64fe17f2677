/** Bytes as UTF-8 text; undefined where they are none. The core knows no TextDecoder. */
export function utf8(bytes: Uint8Array): string | undefined {
  let escaped = ''
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`
  try {
    return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
}
