import { reasons } from '../../api/conditions.ts'
import { atInterval, ReconcileError } from '../../errors.ts'

/** How many YAML files of a folder are looked at. */
export const mostYamlFiles = 2_000

/** Whether a path is one of a YAML or JSON file. A kustomization may have no ending. */
export function isYamlName(path: string): boolean {
  return /\.(ya?ml|json)$|(^|\/)Kustomization$/.test(path)
}

/** Says that a folder holds too much: `what` is how much there may be of it. */
export function tooManyYamlFiles(path: string, what: string): ReconcileError {
  const message = `there are more than ${what} at ${path || '/'}; set writeBack.git.path to a smaller folder`
  return new ReconcileError(reasons.targetUnsupported, message, { retry: atInterval })
}
