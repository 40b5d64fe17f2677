import { STATUS_CODES } from 'node:http'

const other = 'other'
const mostHosts = 200

/** Makes the label `host` of metrics: registries redirect to whomever they like, and each name is kept as long as the process lives. */
export function createHostLabels(most = mostHosts): (host: string) => string {
  const known = new Set<string>()
  return (host) => {
    if (known.has(host)) return host
    if (known.size >= most) return other
    known.add(host)
    return host
  }
}

/** The label `code`: a status that HTTP or Cloudflare knows, `error`, or `other`. */
export function codeLabel(status: number | 'error'): string {
  if (status === 'error') return status
  return status in STATUS_CODES || (status >= 520 && status <= 530) ? String(status) : other
}
