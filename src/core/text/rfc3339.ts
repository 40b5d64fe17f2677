/** A time in ms as RFC 3339 with seconds, as Kubernetes writes it; what is beyond the second is left out. */
export function rfc3339(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
