/**
 * Whether a host is reached without the proxy, by a list as Go reads `NO_PROXY` (golang.org/x/net/http/httpproxy): `*` for all,
 * `example.com` for it and all below, `.example.com` or `*.example.com` for all below, an IPv4 address or range, each with or
 * without a port.
 */
export function isWithoutProxy(list: string, host: string, port: number): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => {
      const [, pattern = '', wanted] = /^(.*?)(?::([0-9]+))?$/.exec(entry) ?? []
      return pattern !== '' && (wanted === undefined || Number(wanted) === port) && covers(pattern, name)
    })
}

function covers(pattern: string, name: string): boolean {
  if (pattern === '*' || pattern === name) return true
  if (pattern.includes('/')) return isInRange(pattern, name)
  const domain = pattern.replace(/^\*?\./, '')
  return name.endsWith(`.${domain}`)
}

function isInRange(range: string, name: string): boolean {
  const [network = '', bits = ''] = range.split('/')
  const [from, address, length] = [addressNumber(network), addressNumber(name), Number(bits)]
  if (from === undefined || address === undefined || !/^[0-9]{1,2}$/.test(bits) || length > 32) return false
  const size = 2 ** (32 - length)
  return Math.floor(from / size) === Math.floor(address / size)
}

function addressNumber(text: string): number | undefined {
  if (!/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(text)) return undefined
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
