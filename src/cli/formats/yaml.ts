import { stringify } from 'yaml'

/** A report in YAML, with the members of the JSON. */
export function yaml(report: object): string {
  return stringify(report, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd()
}
