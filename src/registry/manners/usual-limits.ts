import type { HostLimits } from './host-pace.ts'

/** Enough for a thousand repositories of one host within a minute, and little beside what registries serve to one address. */
const usual: HostLimits = { atOnce: 8, perSecond: 35, burst: 200 }

/** Hosts of which less is known to be too much; `.example.com` stands for what is below it. */
const known: Readonly<Record<string, HostLimits>> = {
  // Its limit against abuse is some thousands of requests a minute for an address, whatever else runs there.
  'registry-1.docker.io': { atOnce: 8, perSecond: 15, burst: 100 },
  'auth.docker.io': { atOnce: 8, perSecond: 15, burst: 100 },
  // Its own limit, of which nobody says how much it is; its headers say when it is used up.
  'hub.docker.com': { atOnce: 4, perSecond: 5, burst: 50 },
  // Five tag lists a second and address.
  'quay.io': { atOnce: 4, perSecond: 5, burst: 10 },
  // A thousand reads a minute at the cheapest plan.
  '.azurecr.io': { atOnce: 8, perSecond: 15, burst: 100 },
}

/** How much a host (with port, if it has one) is asked unless somebody says otherwise. */
export function usualLimits(host: string): HostLimits {
  const parent = `.${host.split('.').slice(1).join('.')}`
  const named = [host, parent].find((name) => Object.hasOwn(known, name))
  return (named === undefined ? undefined : known[named]) ?? usual
}
