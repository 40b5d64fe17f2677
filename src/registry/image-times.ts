import type { AuthorizedHttp } from './authorized-http.ts'
import { isDigest } from './digest.ts'
import { parseManifest, timesOfConfig, type Child } from './manifest.ts'
import { readBlob, readManifest } from './manifest-reader.ts'
import type { RepositoryAccess } from './repository-access.ts'

/**
 * What belongs to a digest for ever: for each platform its times, the one to prefer first (ms since the epoch). No platforms: it is no
 * image.
 */
export interface ImageTimes {
  readonly platforms: readonly (readonly number[])[]
}

/** Times as a registry told them; not `complete` when it lacks a part of the image, so that they hold here and now only. */
export interface ReadTimes extends ImageTimes {
  readonly complete: boolean
}

interface Reading {
  readonly http: AuthorizedHttp
  readonly access: RepositoryAccess
  /** How many indexes lie around this one. */
  readonly depth: number
  /** Times of annotations around it, the outermost first. */
  readonly annotated: readonly number[]
  /** How many manifests may still be read. */
  readonly budget: { left: number }
}

/** Indexes within an index, and manifests in all, beyond any real image. */
const mostDepth = 2
const mostManifests = 100
const noImage: ReadTimes = { platforms: [], complete: true }

/**
 * Reads an image's times: of each platform the configuration's `created`, then the annotations from the outside in, then labels. Throws a
 * ReconcileError when something can't be read.
 */
export async function readTimes(http: AuthorizedHttp, access: RepositoryAccess, digest: string): Promise<ReadTimes> {
  return await timesOf(digest, { http, access, depth: 0, annotated: [], budget: { left: mostManifests } })
}

async function timesOf(digest: string, reading: Reading): Promise<ReadTimes> {
  const { http, access, depth, budget } = reading
  budget.left -= 1
  if (depth > mostDepth || budget.left < 0) return noImage
  const content = isDigest(digest) ? await readManifest(http, access, digest) : undefined
  // Copies of an index may lack platforms.
  if (content === undefined) return { platforms: [], complete: false }
  const manifest = parseManifest(content)
  const annotated = [...reading.annotated, ...known(manifest.kind === 'other' ? undefined : manifest.created)]
  switch (manifest.kind) {
    case 'other':
      return noImage
    case 'image':
      return await timesOfImage(manifest.config, { ...reading, annotated })
    case 'index':
      return await timesOfIndex(manifest.children, { ...reading, annotated })
  }
}

async function timesOfIndex(children: readonly Child[], reading: Reading): Promise<ReadTimes> {
  const all: ReadTimes[] = []
  for (const { digest, created } of children)
    all.push(
      await timesOf(digest, {
        ...reading,
        depth: reading.depth + 1,
        annotated: [...reading.annotated, ...known(created)],
      }),
    )
  return { platforms: all.flatMap(({ platforms }) => platforms), complete: all.every(({ complete }) => complete) }
}

async function timesOfImage(config: string, { http, access, annotated }: Reading): Promise<ReadTimes> {
  const content = isDigest(config) ? await readBlob(http, access, config) : undefined
  if (content === undefined) return { platforms: [annotated], complete: false }
  const { created, label } = timesOfConfig(content)
  return { platforms: [[...known(created), ...annotated, ...known(label)]], complete: true }
}

function known(time: number | undefined): readonly number[] {
  return time === undefined ? [] : [time]
}
