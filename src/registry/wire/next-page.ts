/**
 * The page after the one at `url`, by the `Link` header (RFC 8288); undefined: there is none. Only the query is taken from
 * it, verbatim, and put to the same path: Artifactory leaves a part of the path out, Nexus names a host nobody can reach, and credentials
 * have no business on another one.
 */
export function nextPage(link: string | readonly string[] | undefined, url: URL): URL | undefined {
  const values = [link ?? []].flat().flatMap((header) => header.split(/,(?=\s*<)/))
  const target = values.map(nextTarget).find((found) => found !== undefined && URL.canParse(found, url.href))
  if (target === undefined) return undefined
  const next = new URL(url)
  next.search = new URL(target, url).search
  return next
}

/** An empty target ends the list too. */
function nextTarget(value: string): string | undefined {
  const [, target = '', parameters = ''] = /^\s*<([^>]*)>(.*)$/s.exec(value) ?? []
  const [, quoted, plain = ''] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters) ?? []
  const relations = (quoted ?? plain).toLowerCase().split(/\s+/)
  return relations.includes('next') && target.trim() !== '' ? target : undefined
}
