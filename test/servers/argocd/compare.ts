import { sourcesOf, type Application, type Source, type SourceType } from './application.ts'
import { podImages, type Manifest } from './manifests.ts'
import { renderSource, type Checkout } from './render-source.ts'

/** What an Application's sources come to: per source a type and a revision, together the manifests' text and the images of their Pods. */
export type Comparison =
  | {
      readonly kind: 'compared'
      readonly sourceTypes: readonly SourceType[]
      readonly revisions: readonly string[]
      readonly manifests: string
      readonly images: readonly string[]
    }
  | { readonly kind: 'failed'; readonly message: string }

/** Fetches a source; rejects with what Argo CD is to say. */
export type Fetch = (source: Source) => Promise<Checkout>

/** Fetches an Application's sources and renders them. Whatever goes wrong is a ComparisonError's message, worded as Argo CD words it. */
export async function compare(application: Application, argoCdNamespace: string, fetch: Fetch): Promise<Comparison> {
  const sources = sourcesOf(application)
  const fetched = await Promise.allSettled(sources.map(fetch))
  const checkouts: Checkout[] = []
  for (const [i, result] of fetched.entries()) {
    if (result.status === 'rejected') return failed(i, sources.length, result.reason)
    checkouts.push(result.value)
  }
  return compareFiles(application, argoCdNamespace, checkouts)
}

/** The same with the sources' files at hand. */
export function compareFiles(
  application: Application,
  argoCdNamespace: string,
  checkouts: readonly Checkout[],
): Comparison {
  const sourceTypes: SourceType[] = []
  const manifests: Manifest[] = []
  for (const i of checkouts.keys()) {
    try {
      const rendered = renderSource(application, i, { argoCdNamespace, checkouts })
      sourceTypes.push(rendered.type)
      manifests.push(...rendered.manifests)
    } catch (error) {
      return failed(i, checkouts.length, error)
    }
  }
  const revisions = checkouts.map(({ revision }) => revision)
  return {
    kind: 'compared',
    sourceTypes,
    revisions,
    manifests: JSON.stringify(manifests),
    images: podImages(manifests),
  }
}

function failed(i: number, count: number, error: unknown): Comparison {
  const why = error instanceof Error ? error.message : String(error)
  const message = `Failed to load target state: failed to generate manifest for source ${i + 1} of ${count}: rpc error: code = Unknown desc = ${why}`
  return { kind: 'failed', message }
}
