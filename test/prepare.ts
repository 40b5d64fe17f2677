// Builds what tests and demonstration need and is not there yet, in sight of the person who waits for it.
import { controlPlanePrograms, gpgProgram, helmProgram, registryProgram, sshdProgram } from './servers/programs.ts'

await controlPlanePrograms()
await registryProgram()
await helmProgram()
await sshdProgram()
await gpgProgram()
