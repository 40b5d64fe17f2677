import { group, version } from '../api/v1alpha1.ts'
import { isFields } from '../core/fields.ts'
import type { Fault } from '../core/parse-policy/fields.ts'
import { memberAt } from '../core/parse-policy/object-field.ts'
import { nearest } from '../core/parse-policy/nearest.ts'
import { parsePolicy } from '../core/parse-policy/parse-policy.ts'
import { parseObjectName } from '../core/parse-policy/names.ts'
import type { PolicySpec } from '../core/policy.ts'
import { printable } from './printable.ts'
import type { FoundObject } from './object-file.ts'

/** A fault of a policy, with the line where it is. */
export interface LocatedFault extends Fault {
  readonly line: number
}

/** A policy as it may be named, and its spec or every fault. */
export interface CheckedPolicy {
  readonly line: number
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly spec: PolicySpec | undefined
  /** In the order of the lines. */
  readonly faults: readonly LocatedFault[]
}

const members = ['apiVersion', 'kind', 'metadata', 'spec', 'status']

/** Checks all that the API server and the operator do. */
export function checkPolicy({ object, line, lineOf }: FoundObject): CheckedPolicy {
  const parsed = memberAt(object, 'spec') === undefined ? undefined : parsePolicy(object['spec'])
  const specFaults =
    parsed === undefined
      ? [{ path: 'spec', message: 'is required: write image, strategy and applications' }]
      : parsed.ok
        ? []
        : parsed.faults
  const faults = [...outerFaults(object), ...specFaults].map((each) => ({ ...each, line: lineOf(each.path) }))
  return {
    line,
    namespace: textAt(object, 'metadata.namespace'),
    name: textAt(object, 'metadata.name') ?? textAt(object, 'metadata.generateName'),
    spec: parsed?.ok === true && faults.length === 0 ? parsed.spec : undefined,
    faults: faults.toSorted((a, b) => a.line - b.line),
  }
}

function outerFaults(object: FoundObject['object']): readonly Fault[] {
  const faults: Fault[] = []
  const add = (path: string, message: string): void => void faults.push({ path, message })
  if (object['apiVersion'] !== `${group}/${version}`) add('apiVersion', `must be ${group}/${version}`)
  for (const name of Object.keys(object).filter((each) => !members.includes(each))) {
    const meant = nearest(name, members)
    add(name, `unknown field: ${meant === undefined ? `known are ${members.join(', ')}` : `did you mean ${meant}?`}`)
  }
  if (!isFields(object['metadata'])) add('metadata', 'is required: write metadata: {name: …}')
  else {
    const isNamed = memberAt(object, 'metadata.name') !== undefined
    if (isNamed) nameFaults(object, 'metadata.name', 253, add)
    else if (memberAt(object, 'metadata.generateName') === undefined)
      add('metadata.name', 'is required: write the name of the policy')
    if (memberAt(object, 'metadata.namespace') !== undefined) nameFaults(object, 'metadata.namespace', 63, add)
  }
  return faults
}

function nameFaults(
  object: FoundObject['object'],
  path: string,
  longest: number,
  add: (path: string, message: string) => void,
): void {
  const value = memberAt(object, path)
  if (typeof value !== 'string') return add(path, 'must be text: put it in quotes')
  const name = parseObjectName(value)
  if (!name.ok) add(path, name.fault)
  else if (value.length > longest) add(path, `must have at most ${longest} characters`)
  else if (longest === 63 && value.includes('.')) add(path, 'is no name of a namespace: take the dots out')
}

function textAt(object: FoundObject['object'], path: string): string | undefined {
  const value = memberAt(object, path)
  return typeof value === 'string' ? printable(value) : undefined
}

/** A policy by namespace and name, as far as it has them. */
export function policyName({ namespace, name }: Pick<CheckedPolicy, 'namespace' | 'name'>): string {
  return [...(namespace === undefined ? [] : [namespace]), name ?? 'a policy without name'].join('/')
}

/** A fault in one line, as compilers tell theirs. */
export function faultLine(file: string, policy: CheckedPolicy, { line, path, message }: LocatedFault): string {
  return `${file}:${line}: ${policyName(policy)}: ${printable(path)}: ${printable(message)}`
}
