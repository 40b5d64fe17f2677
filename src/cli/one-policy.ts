import type { PolicySpec } from '../core/policy.ts'
import { checkPolicy, faultLine, policyName } from './check-policy.ts'
import type { Surroundings } from './command.ts'
import { nameOfInput, readText } from './input.ts'
import { policyKind, readObjects, type FoundObject, type ObjectKind } from './object-file.ts'
import type { Outcome } from './outcome.ts'
import { printable } from './printable.ts'

/** A policy without a fault. */
export interface GivenPolicy {
  readonly namespace: string | undefined
  /** Empty where the API server is to make up a name. */
  readonly name: string
  readonly spec: PolicySpec
  /** The spec as it is written. */
  readonly written: unknown
}

/** Reads the one policy of a file, or every fault of it. */
export async function readPolicy(
  file: string,
  command: string,
  surroundings: Surroundings,
): Promise<Outcome<GivenPolicy>> {
  const found = await readKind(file, policyKind, surroundings)
  if ('faults' in found) return found
  const [object, ...others] = found.value
  const name = nameOfInput(file)
  if (object === undefined) return { status: 2, faults: [`${name} holds no ImageUpdatePolicy`] }
  if (others.length > 0) {
    const names = [object, ...others].map((each) => policyName(checkPolicy(each))).join(', ')
    const faults = [`${name} holds ${others.length + 1} policies (${names}): give ${command} a file with one`]
    return { status: 2, faults }
  }
  const policy = checkPolicy(object)
  const { spec, namespace, faults } = policy
  if (spec === undefined) return { status: 1, faults: faults.map((each) => faultLine(name, policy, each)) }
  return { value: { namespace, name: policy.name ?? '', spec, written: object.object['spec'] } }
}

/** The objects of a kind in a file; or why it can't be read. */
export async function readKind(
  file: string,
  kind: ObjectKind,
  surroundings: Surroundings,
): Promise<Outcome<readonly FoundObject[]>> {
  const text = await readText(file, surroundings)
  if (!text.ok) return { status: 2, faults: [text.fault] }
  const { objects, errors } = readObjects(text.value, kind)
  const name = nameOfInput(file)
  if (errors.length === 0) return { value: objects }
  return { status: 1, faults: errors.map(({ line, message }) => `${name}:${line}: ${printable(message)}`) }
}
