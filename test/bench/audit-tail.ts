import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditEvent } from '../servers/audit-log.ts'
import type { ControlPlane } from '../servers/control-plane-access.ts'

/** A request as the API server has answered it. */
export interface Seen {
  readonly verb: string
  /** In the plural, with the subresource. */
  readonly resource: string
  readonly code: number
  /** Milliseconds since the epoch. */
  readonly endedAt: number
}

/** The requests of one client from a moment on. */
export interface AuditTail {
  /** Waits for what is wanted, and answers all requests until then. */
  readonly until: (what: string, wanted: (seen: readonly Seen[]) => boolean) => Promise<readonly Seen[]>
}

// The two cores that are measured are also those of whoever looks.
const pauseMs = 100
const longest = 120_000

/** Reads on in the audit log from where it ends now; of a client whose user agent begins so. Nothing is asked of the API server. */
export async function followAudit({ folder }: ControlPlane, userAgent: string): Promise<AuditTail> {
  const file = join(folder, 'audit.log')
  let [position, rest] = [await endOf(file), '']
  const seen: Seen[] = []
  const readOn = async (): Promise<void> => {
    const text = rest + (await textFrom(file, position))
    position += Buffer.byteLength(text) - Buffer.byteLength(rest)
    const lines = text.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = JSON.parse(line) as AuditEvent
      if (event.stage === 'ResponseComplete' && event.userAgent?.startsWith(userAgent) === true)
        seen.push(seenIn(event))
    }
  }
  return {
    until: async (what, wanted) => {
      const end = performance.now() + longest
      for (;;) {
        await readOn()
        if (wanted(seen)) return seen
        if (performance.now() > end) throw new Error(`waited ${longest} ms in vain: ${what}`)
        await pause(pauseMs)
      }
    },
  }
}

function seenIn({ verb, objectRef, responseStatus, stageTimestamp }: AuditEvent): Seen {
  const { resource = '', subresource } = objectRef ?? {}
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    code: responseStatus?.code ?? 0,
    endedAt: Date.parse(stageTimestamp),
  }
}

async function endOf(file: string): Promise<number> {
  await using handle = await open(file)
  return (await handle.stat()).size
}

async function textFrom(file: string, position: number): Promise<string> {
  await using handle = await open(file)
  const { size } = await handle.stat()
  const { buffer } = await handle.read({ buffer: Buffer.alloc(size - position), position })
  return buffer.toString()
}
