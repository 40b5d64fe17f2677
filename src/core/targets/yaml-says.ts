import type { Document, Node } from 'yaml'
import { readYaml, type YamlFile } from './yaml-file.ts'

/** Whether a text, of one document, says exactly what a change makes of what the file says. */
export function saysNow(file: YamlFile, text: string, change: (value: unknown) => unknown): boolean {
  const after = readYaml(text)
  if (!after.ok || after.value.documents.length > 1) return false
  const before = plainly(file.documents[0])
  const now = plainly(after.value.documents[0])
  if (before === undefined || now === undefined) return false
  return JSON.stringify(now.value) === JSON.stringify(change(before.value))
}

/** Undefined: its aliases stand for too much, or for nothing. */
function plainly(document: Document<Node> | undefined): { value: unknown } | undefined {
  try {
    return { value: document?.toJS() as unknown }
  } catch {
    return undefined
  }
}
