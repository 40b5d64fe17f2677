import type { Application } from '../core/applications/application.ts'
import { fieldsOf, textOf, type Fields } from '../core/fields.ts'
import { parseApplication } from '../core/applications/parse-application.ts'
import type { Surroundings } from './command.ts'
import { nameOfInput } from './input.ts'
import type { ObjectKind } from './object-file.ts'
import { readKind } from './one-policy.ts'
import type { Outcome } from './outcome.ts'
import { printable } from './printable.ts'

/** An Application, and its spec as it is written. */
export interface GivenApplication {
  readonly application: Application
  readonly written: Fields
}

const applicationKind: ObjectKind = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' }

/** Reads the one Application of a file. One that names no namespace has an empty one. */
export async function readApplication(file: string, surroundings: Surroundings): Promise<Outcome<GivenApplication>> {
  const found = await readKind(file, applicationKind, surroundings)
  if ('faults' in found) return found
  const applications = found.value.filter(({ object }) => textOf(object['apiVersion'])?.startsWith('argoproj.io/'))
  const [first, ...others] = applications
  const name = nameOfInput(file)
  if (first === undefined)
    return { status: 2, faults: [`${name} holds no Application (apiVersion: ${applicationKind.apiVersion})`] }
  if (others.length > 0) {
    const names = applications.map(({ object }) => nameOf(object) ?? 'one without name').map(printable)
    const faults = [
      `${name} holds ${applications.length} Applications (${names.join(', ')}): give preview a file with one`,
    ]
    return { status: 2, faults }
  }
  const { object, line } = first
  const own = nameOf(object)
  if (own === undefined) return { status: 1, faults: [`${name}:${line}: metadata.name is required`] }
  const metadata = fieldsOf(object['metadata'])
  const namespace = textOf(metadata['namespace']) ?? ''
  const resourceVersion = textOf(metadata['resourceVersion']) ?? ''
  const application = parseApplication({ ...object, metadata: { ...metadata, name: own, namespace, resourceVersion } })
  return { value: { application, written: fieldsOf(object['spec']) } }
}

function nameOf(object: Fields): string | undefined {
  return textOf(fieldsOf(object['metadata'])['name'])
}
