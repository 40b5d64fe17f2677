/** An error of a class in what a request threw, where errors arrive wrapped in others; undefined: there is none. */
export function errorIn<T extends Error>(type: new (...args: never[]) => T, thrown: unknown): T | undefined {
  if (thrown instanceof type) return thrown
  return thrown instanceof Error ? errorIn(type, thrown.cause) : undefined
}

/** The codes and names of an error and of all that caused it, the outermost first: Node and undici tell by them what happened. */
export function codesIn(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return []
  const code = 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : []
  const inner = thrown instanceof AggregateError ? thrown.errors.flatMap(codesIn) : []
  return [...code, thrown.name, ...inner, ...codesIn(thrown.cause)]
}
