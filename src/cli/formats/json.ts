/** A report in one line: programs read it, and lines can be counted. */
export function json(report: object): string {
  return JSON.stringify(report)
}
