import { listNames, type OverrideDocument } from './override-document.ts'
import type { Plan, PlannedEntry } from './override-plan.ts'
import type { Tool } from './source.ts'
import { membersOf } from './yaml-node.ts'

/** Whether a file, read again after an edit, says exactly what the plan made of what it said before. */
export function isAsPlanned(before: OverrideDocument, after: OverrideDocument, plan: Plan): boolean {
  const { tool } = before
  const items = itemsOf(before).flatMap((item, index) => {
    if (!plan.changes.has(index)) return [item]
    const planned = plan.changes.get(index)
    return planned === undefined ? [] : [changedItem(item, planned, tool)]
  })
  const added = plan.additions.map((entry) => changedItem(tool === 'helm' ? { name: entry.name } : '', entry, tool))
  const root = before.toValue()
  const section = { ...membersOf(root[tool]), [listNames[tool]]: [...items, ...added] }
  const expected = { ...root, [tool]: section }
  return JSON.stringify(after.toValue()) === JSON.stringify(expected)
}

function changedItem(item: unknown, { value, forceString }: PlannedEntry, tool: Tool): unknown {
  if (tool === 'kustomize') return value
  const members = membersOf(item)
  const key = Object.keys(members).find((name) => name.toLowerCase() === 'forcestring')
  const forced = key === undefined && !forceString ? {} : { [key ?? 'forcestring']: forceString }
  return { ...members, value, ...forced }
}

function itemsOf(document: OverrideDocument): readonly unknown[] {
  const list = membersOf(document.toValue()[document.tool])[listNames[document.tool]]
  return Array.isArray(list) ? list : []
}
