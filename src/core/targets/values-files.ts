import type { Application, ApplicationSource } from '../applications/application.ts'
import { sameGitUrl } from '../git/git-url.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import { sourceFile, type SourceFile } from './source-file.ts'

/** Which files may hold a policy's keys. */
export interface ValuesFiles {
  /** The first of these in which a key stands is the one; the one whose values win comes first. */
  readonly candidates: readonly [SourceFile, ...SourceFile[]]
  /** Where no candidate has a key: the one in which it would be expected. */
  readonly fallback: SourceFile
  /** Values files that win over the one candidate, where it was named. */
  readonly later: readonly SourceFile[]
  /** False: the one that was named is none that the source reads; what it is for, only who named it knows. */
  readonly isRead: boolean
}

/** Where values are sought, and what the policy says of it. */
export interface ValuesWish {
  readonly path: string | undefined
  readonly repository: string | undefined
  readonly source: ApplicationSource
  readonly application: Application
  /** What the source's `helm.valueFiles` mean, in the order in which they are read. */
  readonly named: readonly SourceFile[]
}

/**
 * Finds the values files of a Helm source, as far as they stand in git: the one at `path` where the policy names one, else
 * those that the source names, the last first, and the chart's own values.yaml.
 */
export function valuesFiles({ path, repository, source, application, named }: ValuesWish): Parsed<ValuesFiles> {
  const base = inRepository(source, application, repository)
  const own = ownFiles(base, application)
  if (path !== undefined) {
    const file = sourceFile(path, base, application)
    if (!file.ok) return file
    const at = named.findLastIndex((each) => isSame(each, file.value))
    const isOwn = own.some((each) => isSame(each, file.value))
    const later = at >= 0 ? named.slice(at + 1) : isOwn ? named : []
    return parsed({ candidates: [file.value], fallback: file.value, later, isRead: at >= 0 || isOwn })
  }
  const [first, ...others] = [...named.toReversed(), ...own].filter(({ holder }) => isIn(holder, repository))
  if (first === undefined) return fault(nothingInGit)
  return parsed({ candidates: [first, ...others], fallback: own[0] ?? first, later: [], isRead: true })
}

const nothingInGit =
  'the chart comes from a Helm repository, and none of its helm.valueFiles stands in git ($<ref>/…); use writeBack.method: argocd'

/** Two ways to the same file. */
export function isSame(one: SourceFile, other: SourceFile): boolean {
  return one.path === other.path && sameGitUrl(one.holder.repoURL, other.holder.repoURL)
}

/** The chart's own; none where that comes from a Helm repository. */
function ownFiles(source: ApplicationSource, application: Application): readonly SourceFile[] {
  const file = sourceFile('values.yaml', source, application)
  return file.ok ? [file.value] : []
}

/** The source as it would stand in the repository that the policy names. A chart's version is no branch there. */
function inRepository(
  source: ApplicationSource,
  application: Application,
  repository: string | undefined,
): ApplicationSource {
  if (repository === undefined || sameGitUrl(repository, source.repoURL)) return source
  if ((source.chart ?? '') === '') return { ...source, repoURL: repository }
  const there = application.sources.find(({ repoURL }) => sameGitUrl(repoURL, repository))
  return { ...source, repoURL: repository, chart: undefined, targetRevision: there?.targetRevision }
}

function isIn({ repoURL }: ApplicationSource, repository: string | undefined): boolean {
  return repository === undefined || sameGitUrl(repoURL, repository)
}
