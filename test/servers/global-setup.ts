// For `node --test --test-global-setup=test/servers/global-setup.ts`: one control plane for all test files.
import { startControlPlane, type StartedControlPlane } from './control-plane.ts'
import { preparePrograms } from './programs.ts'
import { sharedControlPlaneVariable } from './shared-control-plane.ts'

let controlPlane: StartedControlPlane | undefined

/** Runs before the first test file. The files' processes inherit the environment. */
export async function globalSetup(): Promise<void> {
  await preparePrograms()
  controlPlane = await startControlPlane()
  process.env[sharedControlPlaneVariable] = controlPlane.folder
}

/** Runs after the last test file. */
export async function globalTeardown(): Promise<void> {
  await controlPlane?.stop()
}
