import { parseAllDocuments } from 'yaml'
import { RenderError } from './render-error.ts'

/** A Kubernetes object as it would be applied. */
export type Manifest = Readonly<Record<string, unknown>>

/** The objects in YAML files, in the files' order. A file that is no YAML is a RenderError that names it. */
export function parseManifests(files: readonly (readonly [path: string, text: string])[]): readonly Manifest[] {
  return files.flatMap(([path, text]) =>
    parseAllDocuments(text).flatMap((document) => {
      if (document.errors.length > 0)
        throw new RenderError(`failed to unmarshal "${path}": error converting YAML to JSON`)
      const value: unknown = document.toJS()
      return isMap(value) ? [value] : []
    }),
  )
}

/** Replaces the image of every container of every object. */
export function mapImages(manifests: readonly Manifest[], replace: (image: string) => string): readonly Manifest[] {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (!isMap(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        isContainers(name, member) ? member.map(withImage) : visit(member),
      ]),
    )
  }
  const withImage = (container: Manifest) => {
    const { image } = container
    return typeof image === 'string' ? { ...container, image: replace(image) } : container
  }
  return manifests.map((manifest) => visit(manifest) as Manifest)
}

/** The images of the Pods that these objects would have, sorted, each once: none of a workload with `replicas: 0`, none of a CronJob at rest. */
export function podImages(manifests: readonly Manifest[]): readonly string[] {
  const images = new Set<string>()
  const withPods = manifests.filter(({ kind, spec }) => kind !== 'CronJob' && !(isMap(spec) && spec['replicas'] === 0))
  mapImages(withPods, (image) => {
    images.add(image)
    return image
  })
  return [...images].toSorted()
}

function isContainers(name: string, value: unknown): value is readonly Manifest[] {
  return (name === 'containers' || name === 'initContainers') && Array.isArray(value) && value.every(isMap)
}

/** Whether a value is a JSON object. */
export function isMap(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
