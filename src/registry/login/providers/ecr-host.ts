/** A registry of Amazon, and whom to ask for its logins. */
export interface EcrHost {
  readonly region: string
  /** The domain of its partition, `amazonaws.com`. */
  readonly domain: string
  readonly api: URL
  readonly service: 'ecr' | 'ecr-public'
  /** `X-Amz-Target` of the request. */
  readonly target: string
}

const privateHost =
  /^[0-9]{12}\.dkr\.ecr(-fips)?\.([a-z]{2,}(?:-[a-z]+)+-[0-9]+)\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)$/
const dualStackHost =
  /^[0-9]{12}\.dkr-ecr(-fips)?\.([a-z]{2,}(?:-[a-z]+)+-[0-9]+)\.on\.(aws|amazonwebservices\.com\.cn)$/

/** Reads a host (with port, if it has one); undefined: it is none of Amazon's registries, however much it looks like one. */
export function parseEcrHost(host: string): EcrHost | undefined {
  if (host === 'public.ecr.aws')
    // Logins of the public registry are given here and nowhere else.
    return hostOf({ region: 'us-east-1', domain: 'amazonaws.com', name: 'ecr-public', service: 'ecr-public' })
  const [, fips = '', region, domain] = privateHost.exec(host) ?? []
  if (region !== undefined && domain !== undefined)
    return hostOf({ region, domain, name: `ecr${fips}`, service: 'ecr' })
  const [, fipsToo = '', dualRegion, suffix] = dualStackHost.exec(host) ?? []
  if (dualRegion === undefined) return undefined
  const partition = suffix === 'aws' ? 'amazonaws.com' : 'amazonaws.com.cn'
  return hostOf({ region: dualRegion, domain: partition, name: `ecr${fipsToo}`, service: 'ecr' })
}

function hostOf(parts: {
  readonly region: string
  readonly domain: string
  readonly name: string
  readonly service: EcrHost['service']
}): EcrHost {
  const { region, domain, name, service } = parts
  const target =
    service === 'ecr-public'
      ? 'SpencerFrontendService.GetAuthorizationToken'
      : 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken'
  return { region, domain, service, target, api: new URL(`https://api.${name}.${region}.${domain}/`) }
}
