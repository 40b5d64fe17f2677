import type { Document, Node } from 'yaml'
import { readYaml, type YamlFile } from './yaml-file.ts'

/** Whether a text says exactly what a change makes of what the file's first document says, and its others what they said. */
export function saysNow(file: YamlFile, text: string, change: (value: unknown) => unknown): boolean {
  const after = readYaml(text)
  if (!after.ok || after.value.documents.length !== Math.max(1, file.documents.length)) return false
  return after.value.documents.every((document, nth) => {
    const before = plainly(file.documents[nth])
    const now = plainly(document)
    if (before === undefined || now === undefined) return false
    return JSON.stringify(now.value) === JSON.stringify(nth === 0 ? change(before.value) : before.value)
  })
}

/** Undefined: its aliases stand for too much, or for nothing. */
function plainly(document: Document<Node> | undefined): { value: unknown } | undefined {
  try {
    return { value: document?.toJS() as unknown }
  } catch {
    return undefined
  }
}
