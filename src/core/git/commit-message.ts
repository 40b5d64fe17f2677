import type { Change, ChangedApplication } from '../change.ts'
import type { CommitAuthor } from '../policy.ts'
import { shortImage } from '../image-value.ts'
import { linkKey } from '../memory.ts'
import { formatMark, type BranchMark } from './branch-mark.ts'
import type { Template } from './template.ts'
import { decoded, encoded, lastParagraph } from './trailer-value.ts'

/** What a trailer says of one change, as it was handed to {@link commitMessage}. */
export interface Trailer {
  /** `namespace/name` of the policy. */
  readonly policy: string
  readonly application: ChangedApplication
  readonly to: string
}

/** What a template sees of the commit's place; who signs off, if somebody does; and what a push branch is told by. */
export interface CommitPlace {
  readonly repository: string
  readonly branch: string
  readonly signOff?: CommitAuthor | undefined
  readonly mark?: BranchMark | undefined
}

const trailerKey = 'Image-Update'
const longestText = 60_000
const longestValue = 256
const mostNames = 10

/**
 * The message of a commit that makes all `changes` (at least one): the template's text, or else a subject and one line a
 * change; then the names of what was carried over and of anchors that were changed; then, for machines, one trailer a change (`git interpret-trailers`), by
 * which {@link parseTrailers} knows the commit again. Whatever stands in a value or a template, it can't forge a trailer.
 */
export function commitMessage(template: Template | undefined, changes: readonly Change[], at: CommitPlace): string {
  const templated = template === undefined ? '' : cleaned(rendered(template, changes, at))
  const paragraphs = (templated || `${subject(changes)}\n\n${[...new Set(changes.map(told))].join('\n')}`).split(
    /\n{2,}/,
  )
  // Only the last paragraph's trailers are seen by git, so ours join those that the template ends with.
  const ending = paragraphs.length > 1 && isTrailers(paragraphs.at(-1) ?? '') ? paragraphs.splice(-1) : []
  // A repair writes no choice: by a trailer it would pass for one.
  const written = changes.filter(({ isRepair }) => isRepair !== true).map(trailer)
  const mark = at.mark === undefined ? [] : [formatMark(at.mark)]
  const last = [...ending, ...written, ...mark, ...signedOff(at, ending)].join('\n')
  return `${[...paragraphs, ...carriedOver(changes), ...followed(changes), ...(last === '' ? [] : [last])].join('\n\n')}\n`
}

/** The trailers of a message that {@link commitMessage} made, in their order; any other message has none. */
export function parseTrailers(message: string): readonly Trailer[] {
  return lastParagraph(message).flatMap((line) => {
    const [key, ...fields] = line.split(' ')
    const [policy, application, to, ...others] = fields.map(decoded)
    const [, namespace, name, source] = /^([^/#]+)\/([^/#]+)(?:#(\d+))?$/.exec(application ?? '') ?? []
    if (key !== `${trailerKey}:` || others.length > 0 || !policy || !namespace || !name || !to) return []
    return [
      { policy, application: { namespace, name, ...(source === undefined ? {} : { source: Number(source) }) }, to },
    ]
  })
}

function rendered(template: Template, changes: readonly Change[], at: { repository: string; branch: string }): string {
  return template.render({
    Repository: oneLine(at.repository),
    Branch: oneLine(at.branch),
    Changes: changes.map(({ application, policy, image, from, to, origin }) => ({
      Application: oneLine(application.name),
      Namespace: oneLine(application.namespace),
      Policy: oneLine(policy),
      Image: oneLine(image),
      From: oneLine(from ?? ''),
      To: oneLine(to),
      Source: oneLine(origin?.source ?? ''),
      Revision: oneLine(origin?.revision ?? ''),
    })),
  })
}

/** Text of a template, of bearable length, without what only looks like a trailer of ours and without blanks at the ends. */
function cleaned(text: string): string {
  const lines = text.slice(0, longestText).split(/\r?\n/)
  const kept = lines.map((line) => visible(line).trimEnd()).filter((line) => !/^image-update(-branch)?:/i.test(line))
  return kept.join('\n').trim()
}

function subject(all: readonly Change[]): string {
  const changes = all.filter(({ isRepair }) => isRepair !== true)
  if (changes.length === 0) return 'Keep what is carried over equal to the Applications'
  const images = new Set(changes.map(({ image }) => image))
  const values = new Set(changes.map(({ to }) => to))
  const [first] = changes
  if (first !== undefined && images.size === 1 && values.size === 1)
    return `Update ${oneLine(first.image)} to ${oneLine(shortImage(first.to))}`
  const applications = new Set(changes.map(applicationOf))
  return `Update ${counted(images.size, 'image')} in ${counted(applications.size, 'Application')}`
}

function told(change: Change): string {
  if (change.isRepair === true) return `${applicationOf(change)}: what is carried over`
  // A change may complete or repair what already says the value.
  const from = change.from === undefined || change.from === change.to ? '' : `${oneLine(shortImage(change.from))} → `
  return `${applicationOf(change)}: ${oneLine(change.image)} ${from}${oneLine(shortImage(change.to))}${builtFrom(change)}`
}

function builtFrom({ origin }: Change): string {
  if (origin === undefined) return ''
  const revision = origin.revision === undefined ? '' : ` at ${oneLine(origin.revision)}`
  return `, built from ${oneLine(origin.source)}${revision}`
}

function carriedOver(changes: readonly Change[]): readonly string[] {
  return listed('Carried over into the override file:', changes, ({ carried }) => carried)
}

function followed(changes: readonly Change[]): readonly string[] {
  return listed('Changed at its anchor, so that its aliases follow:', changes, ({ anchors = [] }) =>
    anchors.map((name) => `&${name}`),
  )
}

function listed(
  title: string,
  changes: readonly Change[],
  namesOf: (change: Change) => readonly string[],
): readonly string[] {
  const lines = changes.flatMap((change) => {
    const all = namesOf(change)
    const names = all.slice(0, mostNames).map(oneLine).join(', ')
    const more = all.length > mostNames ? ` and ${all.length - mostNames} more` : ''
    return names === '' ? [] : [`${applicationOf(change)}: ${names}${more}`]
  })
  return lines.length === 0 ? [] : [`${title}\n${lines.join('\n')}`]
}

function trailer({ policy, application: { namespace, name, source }, to }: Change): string {
  const application = linkKey({ namespace: encoded(namespace), name: encoded(name), source })
  return `${trailerKey}: ${encoded(policy)} ${application} ${encoded(to)}`
}

/** By whom it is signed off, unless the template says so already. */
function signedOff({ signOff }: CommitPlace, ending: readonly string[]): readonly string[] {
  if (signOff === undefined) return []
  const line = `Signed-off-by: ${oneLine(`${signOff.name} <${signOff.email}>`)}`
  return ending.some((paragraph) => paragraph.split('\n').includes(line)) ? [] : [line]
}

function isTrailers(paragraph: string): boolean {
  return paragraph.split('\n').every((line) => /^[A-Za-z0-9-]+: \S/.test(line))
}

function applicationOf({ application }: Change): string {
  return oneLine(`${application.namespace}/${application.name}`)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A value within a line: tags come from registries, and desired values from whoever may edit an Application. */
function oneLine(value: string): string {
  return visible(value.length <= longestValue ? value : `${value.slice(0, longestValue - 1)}…`)
}

/** Without what can't be seen or turns the direction of writing. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) =>
    character === '\t' ? ' ' : '\uFFFD',
  )
}
