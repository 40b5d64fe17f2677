import { reasons } from '../api/conditions.ts'
import type { Scan } from '../core/choosing/candidate.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import { repositoryName, type RepositoryAccess } from './repository-access.ts'
import type { SharedAnswer } from './shared-answer.ts'
import { isGone, type TagRecord } from './tag-record.ts'

const advice = 'leave it out by ignoreTags if it stays so'

/** The image of a tag is not there, though its digest was told. */
export function absentImage(access: RepositoryAccess, tag: string): ReconcileError {
  const name = `${repositoryName(access)}:${tag}`
  const why = 'the registry lacks its manifest, or the configuration that this names'
  return incomplete(`the image of ${name} could not be read: ${why}; the choice stays; ${advice}`)
}

/** Throws ScanIncomplete where a tag is not found, and a list still names it that was asked for later: an older one may name what was deleted since. */
export async function refuseListed(
  records: ReadonlyMap<string, TagRecord>,
  { access, scan }: { readonly access: RepositoryAccess; readonly scan: SharedAnswer<Scan> },
): Promise<void> {
  const gone = [...records].filter(([, record]) => isGone(record))
  if (gone.length === 0) return
  const { tags } = await scan.get(Math.max(...gone.map(([, { asked }]) => asked)) + 1)
  const listed = new Set(tags)
  const still = gone.find(([tag]) => listed.has(tag))
  if (still !== undefined) throw absentTag(access, still[0])
}

function absentTag(access: RepositoryAccess, tag: string): ReconcileError {
  return incomplete(`tag ${tag} of ${repositoryName(access)} is listed but can't be found; the choice stays; ${advice}`)
}

/** What the registry did not give is told as it is; what it gave and can't be used leaves the scan incomplete. */
export function unreadImage(cause: unknown, access: RepositoryAccess, tag: string): unknown {
  if (!(cause instanceof ReconcileError)) return cause
  if (cause.reason !== reasons.registryProtocolError && cause.reason !== reasons.scanIncomplete) return cause
  const message = `the image of ${repositoryName(access)}:${tag} could not be read: ${cause.message}; the choice stays`
  return new ReconcileError(reasons.scanIncomplete, message, { retry: cause.retry })
}

function incomplete(message: string): ReconcileError {
  return new ReconcileError(reasons.scanIncomplete, message, { retry: atInterval })
}
