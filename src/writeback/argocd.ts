import { reasons } from '../api/conditions.ts'
import type { Application } from '../core/applications/application.ts'
import { applicationClaims } from '../core/applications/conflicts.ts'
import { applicationPatch } from '../core/targets/application-patch.ts'
import { placeHash } from '../core/memory.ts'
import { desiredIn } from '../core/targets/desired.ts'
import { entriesOf } from '../core/targets/entries.ts'
import { entriesFor, namesOf } from '../core/targets/values.ts'
import { ReconcileError } from '../errors.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { LinkedTarget, Place, WriteBackMethod, Written } from './place.ts'

/** Method `argocd`: the choice is patched into the Application's own parameters or images. */
export function createArgocdMethod(applications: Pick<ApplicationStore, 'get' | 'patch'>): WriteBackMethod {
  return {
    claims: ({ application, chosen, target }) => applicationClaims(application, chosen.index, namesOf(target)),
    possible: () => [],
    aliases: () => [],
    observe: async (linked) => {
      const { namespace, name } = linked.application
      const application = applications.get(namespace, name)
      if (application === undefined) throw new ReconcileError(reasons.targetNotFound, 'the Application is gone')
      if (!isSameSource(application, linked))
        throw new ReconcileError(
          reasons.writeBackConflict,
          'the Application’s sources have just changed; looked at anew',
        )
      return placeIn(applications, { ...linked, application })
    },
  }
}

/** An index tells a source only so long as nobody has put others before it. */
function isSameSource(application: Application, { application: before, chosen }: LinkedTarget): boolean {
  const now = application.sources[chosen.index]
  if (now === undefined || application.multiple !== before.multiple) return false
  return identifying.every((member) => now[member] === chosen.source[member])
}

const identifying = ['repoURL', 'path', 'chart', 'name', 'ref'] as const

function placeIn(applications: Pick<ApplicationStore, 'patch'>, linked: LinkedTarget): Place {
  const { application, chosen, target } = linked
  const { index, tool } = chosen
  const source = application.sources[index] ?? chosen.source
  const desired = desiredIn(entriesOf(source, tool) ?? [], target)
  return {
    desired: { kind: 'known', ...desired, carriedDue: false },
    where: placeHash([application.uid, tool, String(index)]),
    claims: [],
    seenAt: `resourceVersion ${application.resourceVersion}`,
    write: async (from, to) => {
      const operations = applicationPatch(application, { index, tool, wanted: entriesFor(target, to) })
      if (operations.length === 0) return { kind: 'unchanged' }
      const result = await applications.patch(application, operations)
      return result === 'moved' ? { kind: 'moved' } : { kind: 'written', from, to, revision: undefined }
    },
    // Nothing is carried over: a patch leaves the other entries where they are.
    repair: async (): Promise<Written> => ({ kind: 'unchanged' }),
    // Argo CD hears of a patch by itself.
    catchUp: () => Promise.resolve(),
    wroteBefore: async (to, since) => (deployedSince(linked, to, since) ? 'here' : undefined),
  }
}

// Argo CD keeps the sources of its last ten deployments: a choice that was deployed since then and is not desired any
// more was taken back.
function deployedSince({ application, chosen, target }: LinkedTarget, to: string, since: number): boolean {
  const sources = application.history.flatMap((entry) =>
    entry.deployedAt >= since ? [entry.sources[chosen.index]] : [],
  )
  return sources.some((source) => {
    const entries = source === undefined ? [] : (entriesOf(source, chosen.tool) ?? [])
    return desiredIn(entries, target).value === to
  })
}
