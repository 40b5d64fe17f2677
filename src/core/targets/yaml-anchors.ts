import { isAlias, isMap, isPair, isScalar, isSeq, visit, type Alias, type Node, type Scalar, type YAMLMap } from 'yaml'
import { membersNamed, type YamlFile } from './yaml-file.ts'

/** Names of the anchors, of scalars or of what they stand in, by whose aliases a change of these scalars is seen elsewhere. */
export function anchorsFollowed({ documents }: YamlFile, changed: readonly Scalar[]): readonly string[] {
  const names = new Set<string>()
  for (const document of documents) {
    const holders: Holder[] = []
    const uses: Use[] = []
    visit(document, {
      Node: (_, node, path) => {
        if (isAlias(node)) uses.push({ alias: node, merging: mapMerging(path) })
        if (isScalar(node) && changed.includes(node)) holders.push(...holdersOf([...path, node]))
      },
    })
    for (const { anchor, member } of holders)
      if (uses.some((use) => use.alias.source === anchor && !isHidden(use, member))) names.add(anchor)
  }
  return [...names]
}

/** Something with an anchor on the way to a scalar, and its member that leads there. */
interface Holder {
  readonly anchor: string
  readonly member: string | undefined
}

interface Use {
  readonly alias: Alias
  /** The map that takes over by `<<` what the alias stands for. */
  readonly merging: YAMLMap<Node, Node | null> | undefined
}

function holdersOf(way: readonly unknown[]): readonly Holder[] {
  return way.flatMap((each, depth) => {
    const { anchor } = (each ?? {}) as { anchor?: string }
    return anchor === undefined ? [] : [{ anchor, member: keyIn(way[depth + 1]) }]
  })
}

function keyIn(pair: unknown): string | undefined {
  return isPair(pair) && isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : undefined
}

function mapMerging(path: readonly unknown[]): Use['merging'] {
  const [map, pair] = isSeq(path.at(-1)) ? path.slice(-3) : path.slice(-2)
  return keyIn(pair) === '<<' && isMap<Node, Node | null>(map) ? map : undefined
}

/** What a map has of its own wins over what it takes over. */
function isHidden({ merging }: Use, member: string | undefined): boolean {
  return merging !== undefined && member !== undefined && membersNamed(merging, member).length > 0
}
