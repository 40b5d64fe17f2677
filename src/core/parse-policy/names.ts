import { fault, parsed, type Parsed } from '../result.ts'
import { matching } from './fields.ts'

/** The name of a Kubernetes object (RFC 1123 subdomain). */
export const parseObjectName = matching(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  'is no name of an object: write lower-case letters, digits, - and .',
)

/** A tag, by the grammar of the OCI distribution specification. */
export const parseTag = matching(
  /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
  'is no tag: write up to 128 letters, digits, _, . and -, beginning with none of the last two',
)

/** The name of an image in a Kustomize base: without tag and digest, and nothing that Argo CD's `NAME=NEW:TAG` would read otherwise. */
export const parseKustomizeName = matching(
  /^[^\s:=@-][^\s:=@]*(:[0-9]+\/[^\s:=@]+)?$/,
  "is no image name: write it as it stands in the base's manifests, without tag and digest",
)

/**
 * A key in Helm's `--set` notation: steps joined by `.`, list indices in brackets, a backslash before a mark that is part of
 * a name (helm.sh/helm pkg/strvals). Helm would read `=`, `,`, `{` and `}` as the beginning of something else.
 */
export const parseHelmKey = matching(
  /^([^.,={}[\]\\\s]|\\\S)+(\[[0-9]{1,4}\])*(\.([^.,={}[\]\\\s]|\\\S)+(\[[0-9]{1,4}\])*)*$/,
  'is no key in Helm\'s --set notation: write for example image.tag, workers[0].image.tag or "app\\.kubernetes\\.io/tag"',
)

/** Which source of an Application: its index, or its `name` or `ref`. */
export type SourceName = { readonly index: number } | { readonly name: string }

/** Text that tells a source: digits alone are an index. */
export function parseSource(text: string): Parsed<SourceName> {
  if (/[^0-9]/.test(text)) return parsed({ name: text })
  return text.length <= 3 ? parseIndex(Number(text)) : noIndex
}

/** A number that tells a source: from 0 to 999. */
export function parseIndex(number: number): Parsed<SourceName> {
  return Number.isInteger(number) && number >= 0 && number <= 999 ? parsed({ index: number }) : noIndex
}

const noIndex = fault('is no source: write its index from 0 to 999, or its name or ref')
