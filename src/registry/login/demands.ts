import { LRUCache } from 'lru-cache'
import type { HttpResponse } from '../wire/exchange.ts'
import { accessKey, type RepositoryAccess } from '../repository-access.ts'
import { demandIn, type Demand } from './challenge.ts'
import type { Proof } from './proofs.ts'
import { createProtectionSpaces } from './protection-spaces.ts'
import { createSeenRealms } from './seen-realms.ts'

/** What registries demand for their repositories. */
export interface Demands {
  /** What was demanded for a repository last. */
  known(access: RepositoryAccess): Demand | undefined
  /** What its registry demands for others, and may be shown for it too. */
  ofOthers(access: RepositoryAccess): Demand | undefined
  /** That of others holds for it, too. */
  confirm(access: RepositoryAccess, demand: Demand): void
  /** Whether an answer demands something that was not demanded before. Throws a ReconcileError where that is not believed. */
  learn(access: RepositoryAccess, response: HttpResponse, asked: Asked): boolean
  /** What is known was met, and let in. */
  met(access: RepositoryAccess): void
  /** The next one asks anew. */
  forget(access: RepositoryAccess): void
}

/** What was asked, and with which proof. */
export interface Asked {
  readonly url: URL
  readonly showed: Proof['kind']
}

/** Makes a memory of them; `now` is in ms since the epoch. */
export function createDemands(now: () => number): Demands {
  const demands = new LRUCache<string, Demand>({ max: 10_000 })
  const realms = createSeenRealms(now)
  const spaces = createProtectionSpaces()

  function learn(access: RepositoryAccess, response: HttpResponse, { url, showed }: Asked): boolean {
    const key = accessKey(access)
    const known = demands.get(key)
    const demand = demandIn(response, url)
    // Harbor demands Basic of whoever shows an expired token: what it demanded first holds.
    const isInstead = demand?.kind === 'basic' && (known?.kind === 'bearer' || showed === 'bearer')
    if (demand === undefined || isInstead) return false
    // What is not believed is not kept: it is asked for anew until it is, or is taken back.
    demands.delete(key)
    spaces.demanded(access, demand)
    if (demand.kind === 'bearer') realms.check(access, demand.realm)
    demands.set(key, demand)
    return JSON.stringify(known) !== JSON.stringify(demand)
  }

  return {
    known: (access) => demands.get(accessKey(access)),
    ofOthers: (access) => {
      const demand = spaces.demandFor(access)
      return demand?.kind === 'bearer' && !realms.allows(access, demand.realm) ? undefined : demand
    },
    confirm: (access, demand) => {
      if (demand.kind === 'bearer') realms.check(access, demand.realm)
      demands.set(accessKey(access), demand)
    },
    learn,
    met: (access) => {
      const demand = demands.get(accessKey(access))
      if (demand !== undefined) spaces.met(access, demand)
    },
    forget: (access) => void demands.delete(accessKey(access)),
  }
}
