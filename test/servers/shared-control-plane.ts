import { joinControlPlane, type ControlPlane } from './control-plane-access.ts'
import { startControlPlane } from './control-plane.ts'

/** Names the folder of the control plane that a whole test run shares. */
export const sharedControlPlaneVariable = 'IMAGE_UPDATE_OPERATOR_TEST_CONTROL_PLANE'

let shared: Promise<ControlPlane> | undefined

/**
 * The control plane of the test run (global-setup.ts starts it), or one that this process starts for itself when its test
 * runs alone. Take a namespace of your own in it (`createNamespace`), and do not stop it: it ends with the run.
 */
export async function sharedControlPlane(): Promise<ControlPlane> {
  const folder = process.env[sharedControlPlaneVariable]
  shared ??= folder === undefined ? startControlPlane() : joinControlPlane(folder)
  return await shared
}
