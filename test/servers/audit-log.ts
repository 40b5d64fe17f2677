import { readFile } from 'node:fs/promises'

/** What the tests read of an audit event (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/). */
export interface AuditEvent {
  /** A watch has two events, `ResponseStarted` and `ResponseComplete`; everything else has the second only. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic'
  readonly auditID: string
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string
  readonly requestURI: string
  readonly userAgent?: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly objectRef?: {
    readonly resource?: string
    readonly namespace?: string
    readonly name?: string
    readonly apiGroup?: string
    readonly apiVersion?: string
    readonly subresource?: string
  }
  readonly responseStatus?: { readonly code?: number }
  /** RFC 3339 with microseconds, in UTC. */
  readonly requestReceivedTimestamp: string
  /** When the stage was reached, in the same form. */
  readonly stageTimestamp: string
}

/** Everything is noted, with who, what and how it ended, without the bodies. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** Reads the events whose request came in at `since` or later, in the order in which they ended. */
export async function readAuditLog(file: string, since = new Date(0)): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  lines.pop() // empty, or being written
  return lines
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => Date.parse(event.requestReceivedTimestamp) >= since.getTime())
}
