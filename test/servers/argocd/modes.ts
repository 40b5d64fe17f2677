/** How the stand-in behaves. Applications are "namespace/name". */
export interface ArgoCdMode {
  /** Ends every other mode, and looks at everything at once. */
  readonly normal: () => void
  /** Waits so many milliseconds before it looks at anything. */
  readonly slow: (ms: number) => void
  /** Does nothing at all, as if it were not installed. */
  readonly absent: () => void
  /** Puts an Application into ComparisonError, whatever its sources hold. */
  readonly comparisonError: (application: string, message: string) => void
  /** Does not see an Application's next change of spec until it is asked to refresh or polls: what Argo CD does about once in 200 times. */
  readonly overlook: (application: string) => void
}

/** The modes as the stand-in asks for them. */
export interface Modes extends ArgoCdMode {
  readonly delayMs: () => number
  readonly isAbsent: () => boolean
  /** The error that an Application is to be in. */
  readonly errorOf: (key: string) => string | undefined
  readonly isOverlooked: (key: string) => boolean
  /** The Application was compared: its next change is seen again. */
  readonly compared: (key: string) => void
}

/** Keeps the modes. `look` is called with the Application that must be looked at now, or without one for all. */
export function createModes(look: (key?: string) => void): Modes {
  let delayMs = 0
  let isAbsent = false
  const errors = new Map<string, string>()
  const overlooked = new Set<string>()
  return {
    normal() {
      delayMs = 0
      isAbsent = false
      errors.clear()
      overlooked.clear()
      look()
    },
    slow: (ms) => void (delayMs = ms),
    absent: () => void (isAbsent = true),
    comparisonError(application, message) {
      errors.set(application, message)
      look(application)
    },
    overlook: (application) => void overlooked.add(application),
    delayMs: () => delayMs,
    isAbsent: () => isAbsent,
    errorOf: (key) => errors.get(key),
    isOverlooked: (key) => overlooked.has(key),
    compared: (key) => void overlooked.delete(key),
  }
}
