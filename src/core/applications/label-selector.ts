import type { LabelSelectorSpec } from '../../api/v1alpha1.ts'
import { fault, parsed, type Parsed } from '../result.ts'

type Labels = Readonly<Record<string, string>>
type Requirement = (labels: Labels) => boolean
type Expression = NonNullable<LabelSelectorSpec['matchExpressions']>[number]

/** A compiled label selector. */
export interface LabelSelector {
  matches(labels: Labels): boolean
}

/**
 * Compiles a Kubernetes label selector; all requirements must hold. As the API server reads it, but for one thing: a
 * selector without any requirement is a fault here, for it would match everything.
 */
export function parseLabelSelector(spec: LabelSelectorSpec): Parsed<LabelSelector> {
  const requirements: Requirement[] = []
  for (const [key, value] of Object.entries(spec.matchLabels ?? {})) {
    const wrong = wrongKey(key) ?? wrongValue(value)
    if (wrong !== undefined) return fault(`matchLabels: ${wrong}`)
    requirements.push((labels) => valueOf(labels, key) === value)
  }
  for (const expression of spec.matchExpressions ?? []) {
    const wrong = wrongKey(expression.key) ?? wrongValues(expression)
    if (wrong !== undefined) return fault(`matchExpressions: ${wrong}`)
    requirements.push(requirementOf(expression))
  }
  if (requirements.length === 0) return fault('the selector is empty and would match everything; give matchLabels')
  return parsed({ matches: (labels) => requirements.every((holds) => holds(labels)) })
}

function requirementOf({ key, operator, values = [] }: Expression): Requirement {
  const among = (labels: Labels) => {
    const value = valueOf(labels, key)
    return value !== undefined && values.includes(value)
  }
  switch (operator) {
    case 'In':
      return among
    // An absent key is not in any list (apimachinery `labels.Requirement.Matches`).
    case 'NotIn':
      return (labels) => !among(labels)
    case 'Exists':
      return (labels) => valueOf(labels, key) !== undefined
    case 'DoesNotExist':
      return (labels) => valueOf(labels, key) === undefined
  }
}

function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

function wrongValues({ key, operator, values = [] }: Expression): string | undefined {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) return `${operator} of ${key} needs at least one of values`
      return values.map(wrongValue).find((wrong) => wrong !== undefined)
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0 ? undefined : `${operator} of ${key} takes no values`
  }
}

const namePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const prefixPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const longestPrefix = 253

function wrongKey(key: string): string | undefined {
  const slash = key.indexOf('/')
  const prefix = slash < 0 ? undefined : key.slice(0, slash)
  const isValid =
    namePattern.test(key.slice(slash + 1)) &&
    (prefix === undefined || (prefix.length <= longestPrefix && prefixPattern.test(prefix)))
  return isValid ? undefined : `${JSON.stringify(key)} is no label key`
}

function wrongValue(value: string): string | undefined {
  return value === '' || namePattern.test(value) ? undefined : `${JSON.stringify(value)} is no label value`
}
