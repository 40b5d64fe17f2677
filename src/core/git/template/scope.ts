/** The fields of the root that are text. */
export const rootFields = ['Repository', 'Branch'] as const
/** The fields of a change. */
export const changeFields = ['Application', 'Namespace', 'Policy', 'Image', 'From', 'To', 'Source', 'Revision'] as const

/** What a template sees of one change; all is text, `From` is empty where nothing was desired before. */
export type TemplateChange = Readonly<Record<(typeof changeFields)[number], string>>

/** What a template sees. */
export interface TemplateScope extends Readonly<Record<(typeof rootFields)[number], string>> {
  readonly Changes: readonly TemplateChange[]
}

/** What `.` is where an action stands: the root, a change within `range`, a text within `with`. */
export type Place = 'root' | 'change' | 'text'

/** What an action sees while it renders; `change` is there within `range`, `text` within `with`. */
export interface Seen {
  readonly root: TemplateScope
  readonly change?: TemplateChange
  readonly text?: string
}
