import { LRUCache } from 'lru-cache'
import type { HttpResponse } from '../wire/exchange.ts'
import { accessKey, type RepositoryAccess } from '../repository-access.ts'
import { demandIn, type Demand } from './challenge.ts'
import type { Proof } from './proofs.ts'
import { ledTo } from './led-to.ts'
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
  /** A token was got as it was demanded. */
  served(access: RepositoryAccess, demand: Demand | undefined): void
  /** Nothing was shown, and let in: it is for everybody until it demands something. */
  opened(access: RepositoryAccess): void
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
  const open = new LRUCache<string, true>({ max: 10_000 })
  const realms = createSeenRealms(now)
  const spaces = createProtectionSpaces()

  /** What an answer demands, in the light of what is known. */
  function demandedBy(access: RepositoryAccess, response: HttpResponse, { url, showed }: Asked): Demand | undefined {
    const known = demands.get(accessKey(access))
    const named = demandIn(response, url)
    const isBearers = known?.kind === 'bearer' || showed === 'bearer'
    // Harbor demands Basic of whoever shows a token that does not do: what it demanded first holds.
    const demand = named?.kind === 'basic' && isBearers ? known : named
    if (demand?.kind !== 'bearer') return demand
    const other = ledTo(access, url, response.url) ?? (known?.kind === 'bearer' ? known.ledTo : undefined)
    return other === undefined ? demand : { ...demand, ledTo: other }
  }

  function learn(access: RepositoryAccess, response: HttpResponse, asked: Asked): boolean {
    const key = accessKey(access)
    const known = demands.get(key)
    const demand = demandedBy(access, response, asked)
    if (demand === undefined) return false
    // What is not believed is not kept: it is asked for anew until it is, or is taken back.
    demands.delete(key)
    open.delete(key)
    spaces.demanded(access, demand)
    if (demand.kind === 'bearer') realms.check(access, demand.realm)
    demands.set(key, demand)
    return JSON.stringify(known) !== JSON.stringify(demand)
  }

  function served(access: RepositoryAccess, demand: Demand | undefined): void {
    if (demand?.kind === 'bearer') realms.keep(access, demand.realm)
  }

  return {
    known: (access) => demands.get(accessKey(access)),
    ofOthers: (access) => {
      const demand = open.has(accessKey(access)) ? undefined : spaces.demandFor(access)
      return demand?.kind === 'bearer' && !realms.allows(access, demand.realm) ? undefined : demand
    },
    confirm: (access, demand) => {
      if (demand.kind === 'bearer') realms.check(access, demand.realm)
      served(access, demand)
      demands.set(accessKey(access), demand)
    },
    learn,
    served,
    opened: (access) => void open.set(accessKey(access), true),
    met: (access) => {
      const demand = demands.get(accessKey(access))
      if (demand !== undefined) spaces.met(access, demand)
    },
    forget: (access) => void demands.delete(accessKey(access)),
  }
}
