import { reasons } from '../../api/conditions.ts'
import type { Origin } from '../../core/choosing/origin.ts'
import type { Platform } from '../../core/choosing/platform.ts'
import { ReconcileError } from '../../errors.ts'
import type { AuthorizedHttp } from '../login/authorized-http.ts'
import { isDigest } from './digest.ts'
import { parseConfig, parseManifest, type Child } from './manifest.ts'
import { readBlob, readManifest } from './manifest-reader.ts'
import { repositoryName, type RepositoryAccess } from '../repository-access.ts'

/** An image for one platform. */
export interface PlatformImage {
  /** Undefined: nothing tells. */
  readonly platform: Platform | undefined
  /** Its creation times (ms since the epoch), the one to prefer first; undefined: nobody has read them. */
  readonly times: readonly number[] | undefined
}

/** What is to be known of an image. Platforms alone cost one request where an index tells them. */
export type Wanted = 'platforms' | 'times'

/** What belongs to a digest for ever: an image for each platform. No images: it is something else. */
export interface ImageFacts {
  readonly images: readonly PlatformImage[]
  /** What it was built from, as far as what was read for the rest tells. */
  readonly origin?: Origin
}

/** Facts as a registry told them; not `complete` when it lacks a part of the image, so that they hold here and now only. */
export interface ReadFacts extends ImageFacts {
  readonly complete: boolean
}

interface Reading {
  readonly http: AuthorizedHttp
  readonly access: RepositoryAccess
  /** How many indexes lie around this one. */
  readonly depth: number
  /** Times of annotations around it, the outermost first. */
  readonly annotated: readonly number[]
  /** What the index around it says. */
  readonly platform: Platform | undefined
  /** How many manifests more may be named. */
  readonly budget: { left: number }
  readonly wanted: Wanted
}

/** Indexes within an index, and manifests in all, beyond any real image. */
const mostDepth = 2
const mostManifests = 100
const noImage: ReadFacts = { images: [], complete: true }
const absent: ReadFacts = { images: [], complete: false }

/**
 * Reads an image's facts: its platforms, and if wanted of each the configuration's `created`, then the annotations from the outside in, then labels.
 * Throws a ReconcileError when something can't be read, or is more than any image has: half of it would be another image's facts.
 */
export async function readFacts(
  http: AuthorizedHttp,
  access: RepositoryAccess,
  digest: string,
  wanted: Wanted = 'times',
): Promise<ReadFacts> {
  const budget = { left: mostManifests - 1 }
  return await factsOf(digest, { http, access, depth: 0, annotated: [], platform: undefined, budget, wanted })
}

/** Whether facts tell what is wanted. */
export function suffices({ images }: ImageFacts, wanted: Wanted): boolean {
  return wanted === 'platforms' || images.every(({ times }) => times !== undefined)
}

async function factsOf(digest: string, reading: Reading): Promise<ReadFacts> {
  const { http, access, depth } = reading
  if (depth > mostDepth) throw tooMuch(access, `an index that lies more than ${mostDepth} indexes deep`)
  const content = isDigest(digest) ? await readManifest(http, access, digest) : undefined
  // Copies of an index may lack platforms.
  if (content === undefined) return absent
  const manifest = parseManifest(content)
  const annotated = [...reading.annotated, ...known(manifest.kind === 'other' ? undefined : manifest.created)]
  switch (manifest.kind) {
    case 'other':
      return noImage
    case 'image':
      return builtFrom(manifest.origin, await factsOfImage(manifest.config, { ...reading, annotated }))
    case 'index':
      return builtFrom(manifest.origin, await factsOfIndex(manifest.children, { ...reading, annotated }))
  }
}

/** What an index names counts before any of it is asked for. */
function spend(manifests: number, { access, budget }: Reading): void {
  budget.left -= manifests
  if (budget.left < 0) throw tooMuch(access, `an index with more than ${mostManifests} manifests`)
}

async function factsOfIndex(children: readonly Child[], reading: Reading): Promise<ReadFacts> {
  spend(children.length, reading)
  const all: ReadFacts[] = []
  for (const child of children) all.push(await factsOfChild(child, reading))
  const facts = { images: all.flatMap(({ images }) => images), complete: all.every(({ complete }) => complete) }
  return builtFrom(all.find(({ origin }) => origin !== undefined)?.origin, facts)
}

async function factsOfChild({ digest, created, platform, origin }: Child, reading: Reading): Promise<ReadFacts> {
  if (reading.wanted === 'platforms' && platform !== undefined)
    return builtFrom(origin, { images: [{ platform, times: undefined }], complete: true })
  const facts = await factsOf(digest, {
    ...reading,
    depth: reading.depth + 1,
    annotated: [...reading.annotated, ...known(created)],
    platform: platform ?? reading.platform,
  })
  return builtFrom(origin, facts)
}

/** Annotations count before labels, for those may come from the base image. */
function builtFrom(origin: Origin | undefined, facts: ReadFacts): ReadFacts {
  return origin === undefined ? facts : { ...facts, origin }
}

async function factsOfImage(config: string, { http, access, annotated, platform }: Reading): Promise<ReadFacts> {
  const content = isDigest(config) ? await readBlob(http, access, config) : undefined
  // Nobody can pull it, and what its annotations tell of its time comes second.
  if (content === undefined) return absent
  const told = parseConfig(content)
  const times = [...known(told.created), ...annotated, ...known(told.label)]
  return builtFrom(told.origin, { images: [{ platform: platform ?? told.platform, times }], complete: true })
}

function tooMuch(access: RepositoryAccess, what: string): ReconcileError {
  const message = `${repositoryName(access)} has ${what}, which is not read to its end; leave its tag out by ignoreTags`
  return new ReconcileError(reasons.registryProtocolError, message, { retry: { kind: 'interval' } })
}

function known(time: number | undefined): readonly number[] {
  return time === undefined ? [] : [time]
}
