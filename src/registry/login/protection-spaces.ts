import { LRUCache } from 'lru-cache'
import { apiUrl, type RepositoryAccess } from '../repository-access.ts'
import type { Demand } from './challenge.ts'

/** What registries demand for their repositories, where it is the same for all (RFC 9110, section 11.5): not each has to be asked then. */
export interface ProtectionSpaces {
  /** What a repository will demand of which that is not known, as two others of its registry did; undefined: it has to be asked. */
  demandFor(access: RepositoryAccess): Demand | undefined
  /** To be told what a registry demands for a repository, whether that can be met or not. */
  demanded(access: RepositoryAccess, demand: Demand): void
  /** To be told when it let in who met that. */
  met(access: RepositoryAccess, demand: Demand): void
}

/** `demand` is undefined where repositories differ: there are registries with a token server for each part of them, and hosts with several registries. */
interface Space {
  readonly demand: Demand | undefined
  /** The repository that was the first to demand it. */
  readonly first: string
  readonly isCommon: boolean
}

/** Makes a memory of them. */
export function createProtectionSpaces(): ProtectionSpaces {
  const spaces = new LRUCache<string, Space>({ max: 1_000 })
  const withTokens = new LRUCache<string, true>({ max: 1_000 })
  const originOf = (access: RepositoryAccess): string => apiUrl(access, '').origin

  /**
   * A login of a cloud is another one each hour, and stands for the same. Who trusts another authority, or goes another way, may have met somebody else by the
   * registry's name.
   */
  function spaceOf(access: RepositoryAccess): string {
    return JSON.stringify([originOf(access), access.credentialId, access.tls?.id, access.way?.id])
  }

  return {
    demandFor: (access) => {
      const { demand, isCommon } = spaces.get(spaceOf(access)) ?? {}
      // A registry that wants tokens for one repository is shown no password by mistake.
      const isClosed = demand?.kind === 'basic' && withTokens.has(originOf(access))
      return isCommon === true && !isClosed ? demand : undefined
    },
    demanded: (access, { kind }) => {
      if (kind === 'bearer') withTokens.set(originOf(access), true)
    },
    met: (access, given) => {
      const demand = ofAll(given)
      if (demand === undefined) return
      const key = spaceOf(access)
      const known = spaces.get(key) ?? { demand, first: access.repository, isCommon: false }
      const isCommon = known.isCommon || known.first !== access.repository
      spaces.set(key, isSameDemand(known.demand, demand) ? { ...known, isCommon } : { ...known, demand: undefined })
    },
  }
}

/** Whether two demands are met by the same, for one repository. */
export function isSameDemand(one: Demand | undefined, other: Demand | undefined): boolean {
  const [a, b] = [one && ofAll(one), other && ofAll(other)]
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b)
}

/** What of a demand may hold for other repositories: scopes of other kinds than ours may name this one, so these are not guessed. */
function ofAll(demand: Demand): Demand | undefined {
  if (demand.kind === 'basic') return demand
  const { kind, realm, service, scopes } = demand
  return scopes.every((scope) => scope.startsWith('repository:')) ? { kind, realm, service, scopes: [] } : undefined
}
