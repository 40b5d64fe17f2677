import { parsed, type Parsed } from '../../core/result.ts'
import type { LinkedTarget } from '../place.ts'

/** The policy's `writeBack.git.path` for an Application; undefined: it has none. */
export function renderedPath({ spec, application, policy }: LinkedTarget): Parsed<string | undefined> {
  const { name, namespace, labels, annotations } = application
  const { path } = spec.writeBack.git ?? {}
  if (path === undefined) return parsed(undefined)
  return path.render({
    AppName: name,
    AppNamespace: namespace,
    Policy: policy.name,
    Labels: labels,
    Annotations: annotations,
  })
}
