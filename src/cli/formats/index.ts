import { json } from './json.ts'
import { yaml } from './yaml.ts'

/** What `-o` takes. */
export const formats = ['table', 'json', 'yaml'] as const

/** A report in the format that `-o` names; `table` makes the one for people. */
export function inFormat(format: string, report: object, table: () => string): string {
  if (format === 'json') return json(report)
  return format === 'yaml' ? yaml(report) : table()
}
