import { statSync } from 'node:fs'
import { parsed } from '../core/result.ts'
import { isTag, parseDigest } from './tag-list.ts'

/** What `preview` is asked for. */
export interface PreviewSettings {
  readonly file: string
  readonly application: string
  readonly directory: string
  /** One of these two is given. */
  readonly tag: string | undefined
  readonly tags: string | undefined
  readonly digest: string | undefined
  readonly argocdNamespace: string
  readonly exitCode: boolean
  readonly output: string
}

const required = {
  file: '-f is required: the file with the policy',
  application: '--application is required: the file with the Application',
  directory: '--directory is required: the root of the git repository that is written to',
} as const

/** Reads the options of `preview`, or tells all that is wrong with them. */
export function previewSettings(
  values: ReadonlyMap<string, readonly string[]>,
): PreviewSettings | { readonly faults: readonly string[] } {
  const text = (name: string) => values.get(name)?.[0]
  const settings: PreviewSettings = {
    file: text('file') ?? '',
    application: text('application') ?? '',
    directory: text('directory') ?? '',
    tag: text('tag'),
    tags: text('tags'),
    digest: text('digest'),
    argocdNamespace: text('argocd-namespace') ?? 'argocd',
    exitCode: values.has('exit-code'),
    output: text('output') ?? 'diff',
  }
  const faults = [...faultsOf(settings), ...choiceFaults(settings)]
  return faults.length > 0 ? { faults } : settings
}

function faultsOf(settings: PreviewSettings): readonly string[] {
  const missing = (['file', 'application', 'directory'] as const).flatMap((name) =>
    settings[name] === '' ? [`${required[name]}; see preview --help`] : [],
  )
  const { directory, file, application, tags } = settings
  const readers = [file, application, tags].filter((name) => name === '-')
  return [
    ...missing,
    ...(directory === '' || isFolder(directory) ? [] : [`--directory ${JSON.stringify(directory)} is no folder`]),
    ...(readers.length > 1 ? ['-f, --application and --tags can’t all read standard input: give it to one'] : []),
  ]
}

function choiceFaults({ tag, tags, digest }: PreviewSettings): readonly string[] {
  const faults: string[] = []
  if (tag === undefined && tags === undefined) faults.push('--tag or --tags is required: what is to be written')
  if (tag !== undefined && tags !== undefined) faults.push('--tag and --tags are both given: give one')
  if (digest !== undefined && tag === undefined) faults.push('--digest goes with --tag: a list tells digests itself')
  if (tag !== undefined && !isTag(tag))
    faults.push(`--tag ${JSON.stringify(tag)} can't be a tag of a registry: write it without repository and digest`)
  const read = digest === undefined ? parsed('') : parseDigest(digest)
  if (!read.ok) faults.push(`--digest ${JSON.stringify(digest)} ${read.fault}`)
  return faults
}

function isFolder(path: string): boolean {
  // What a link leads to counts: only inside are links not followed.
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
