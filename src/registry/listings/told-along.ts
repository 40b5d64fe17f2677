import { listedTag, memberOf, type ListedTag } from './listing.ts'

/**
 * The digests that Google's registries tell along with their tag lists: `{"manifest": {"sha256:…": {"tag": ["1.0"]}}}`. A tag that stands with two is left
 * out.
 */
export function toldAlong(list: object): ReadonlyMap<string, string> {
  const manifests = memberOf(list, 'manifest')
  const pairs = Object.entries(typeof manifests === 'object' && manifests !== null ? manifests : {}).flatMap(tagsWith)
  const times = new Map<string, number>()
  for (const [tag] of pairs) times.set(tag, (times.get(tag) ?? 0) + 1)
  return new Map(pairs.filter(([tag]) => times.get(tag) === 1))
}

function tagsWith([digest, manifest]: [string, unknown]): readonly ListedTag[] {
  const tags = memberOf(manifest, 'tag')
  return Array.isArray(tags) ? tags.flatMap((tag) => listedTag(tag, digest)) : []
}
