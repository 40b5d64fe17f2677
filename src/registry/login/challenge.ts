import type { HttpResponse } from '../wire/exchange.ts'

/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

/** What a registry wants to see: a token from `realm`, or user name and password. */
export type Demand =
  | {
      readonly kind: 'bearer'
      readonly realm: URL
      readonly service: string | undefined
      readonly scopes: readonly string[]
      /** The repository to which the registry leads from the one that is asked about: the token has to be for both. */
      readonly ledTo?: string
    }
  | { readonly kind: 'basic'; readonly realm: string | undefined }

const separators = /[\s,]*/y
const parameter = /([^\s,="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y
const scheme = /[^\s,="]+/y

/**
 * Reads a header with any number of challenges, also several joined by commas. Values may be unquoted and hold `:`, `/` and
 * `=` (Zot); what can't be read is skipped.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  let position = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position
    const match = pattern.exec(header) ?? undefined
    position += match?.[0].length ?? 0
    return match
  }
  while (position < header.length) {
    take(separators)
    const found = take(parameter)
    if (found !== undefined) {
      const [, name = '', quoted, plain = ''] = found
      challenges.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/gs, '$1') ?? plain)
      continue
    }
    const name = take(scheme)?.[0]
    if (name === undefined) position += 1
    else challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
  }
  return challenges
}

/** What to do about challenges: Bearer where its realm is an address (perhaps relative to `url`, that of the request), else Basic; undefined: nothing we can. */
export function demandOf(challenges: readonly Challenge[], url: URL): Demand | undefined {
  for (const { scheme: name, parameters } of challenges) {
    const realm = name === 'bearer' ? parameters.get('realm') : undefined
    if (realm === undefined || realm === '' || !URL.canParse(realm, url.href)) continue
    const scopes = (parameters.get('scope') ?? '').split(/\s+/).filter((scope) => scope !== '')
    return { kind: 'bearer', realm: new URL(realm, url), service: parameters.get('service'), scopes }
  }
  const basic = challenges.find(({ scheme: name }) => name === 'basic')
  return basic && { kind: 'basic', realm: basic.parameters.get('realm') }
}

/** What to do about the challenges of an answer; a realm may be relative to `url`, by default what was asked in the end. */
export function demandIn({ headers, url: asked }: HttpResponse, url: URL = asked): Demand | undefined {
  return demandOf(parseChallenges([headers['www-authenticate'] ?? []].flat().join(', ')), url)
}
