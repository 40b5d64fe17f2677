import { LRUCache } from 'lru-cache'
import type { CloudProviderName } from '../../core/policy.ts'
import type { WayOut } from '../../http/proxy-for.ts'
import { onChange, ReconcileError } from '../../errors.ts'
import { reasons } from '../../api/conditions.ts'
import { steadily } from '../manners/steady-clock.ts'
import type { Login } from './credentials.ts'
import type { RepositoryAccess } from '../repository-access.ts'
import type { CloudProviders } from './providers/index.ts'
import type { CloudAccount, CloudApi, CloudLogin, CloudProvider } from './providers/provider.ts'

/** Who wants a login, and for what. */
export interface LoginRequest {
  readonly provider: CloudProviderName
  readonly host: string
  /** Undefined: the operator itself. */
  readonly account: CloudAccount | undefined
  /** How the registry and its cloud are reached; undefined: as the operator's own environment says. */
  readonly way?: WayOut | undefined
}

/** Logins of clouds by (provider, registry, identity), renewed before they end. */
export interface CloudLogins {
  /** A login, and what tells its owner apart from others as long as he stays the same. Throws ReconcileError. */
  get(request: LoginRequest): Promise<{
    readonly credentials: Login
    readonly credentialId: string
    readonly cloudApi?: CloudApi | undefined
    readonly newLogin?: RepositoryAccess['newLogin']
  }>
}

/** What logins need; `random` draws from [0, 1). */
export interface CloudLoginsOptions {
  readonly providersBy: (way: WayOut | undefined) => CloudProviders
  /** Throws a ReconcileError for a registry that may not be asked. */
  readonly check: (url: URL) => void
  readonly now: () => number
  readonly random: () => number
}

const most = 10_000
const longestUse = 3_600_000
/** A failure is everybody's for so long, so that many policies don't ask a cloud again and again. */
const failureLasts = 10_000
/** A login younger than this has not ended: it is refused for what it may do. */
const youngestEnded = 5 * 60_000

interface Kept {
  readonly login: Promise<CloudLogin>
  readonly since: number
  renewAt: number
}

/** Makes a store of logins. */
export function createCloudLogins({ providersBy, check, now: clock, random }: CloudLoginsOptions): CloudLogins {
  const now = steadily(clock)
  const kept = new LRUCache<string, Kept>({ max: most })

  /** After 75 to 85 % of its life, an hour at most: many that began together don't end together. */
  function renewalOf({ expiresAt }: CloudLogin): number {
    const life = Math.min(expiresAt - clock(), longestUse)
    return now() + Math.max(life * (0.75 + 0.1 * random()), 1000)
  }

  /** What can't be renewed is used until it ends: the cloud may be down, and its registry not. */
  function begin(cloud: CloudProvider, { host, account }: LoginRequest, before: Kept | undefined): Kept {
    const fresh = cloud.login(host, account)
    const login = fresh.catch(async (cause: unknown) => {
      const old = await before?.login.catch(() => undefined)
      if (old === undefined || old.expiresAt <= clock()) throw cause
      return old
    })
    const entry: Kept = { login, since: now(), renewAt: Number.POSITIVE_INFINITY }
    fresh.then(
      (given) => {
        entry.renewAt = renewalOf(given)
      },
      () => {
        entry.renewAt = now() + failureLasts
      },
    )
    return entry
  }

  return {
    get: async (request) => {
      const { provider, host, account, way } = request
      const cloud = providersBy(way)[provider]
      if (!cloud.serves(host)) {
        const message = `provider ${provider} is for ${cloud.hosts}, and ${host} is none of them: take provider out`
        throw new ReconcileError(reasons.registryAuthFailed, message, { retry: onChange })
      }
      check(new URL(`https://${host}/`))
      const identity = JSON.stringify([provider, account?.name, account?.annotations])
      const key = JSON.stringify([identity, cloud.scopeOf(host), way?.id])
      const current = (isEnough: (entry: Kept) => boolean): Kept => {
        const known = kept.get(key)
        const isGood = known !== undefined && known.renewAt > now() && isEnough(known)
        const entry = isGood ? known : begin(cloud, request, known)
        kept.set(key, entry)
        return entry
      }
      const entry = current(() => true)
      const { login, api } = await entry.login
      const newLogin: RepositoryAccess['newLogin'] = async (refused) => {
        const other = current((known) => known !== entry || now() - known.since < youngestEnded)
        const { login: another } = await other.login
        return another === refused ? undefined : another
      }
      return { credentials: login, credentialId: identity, cloudApi: api, newLogin }
    },
  }
}
