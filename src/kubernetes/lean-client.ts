import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The classes of @kubernetes/client-node, one for each API group, without their methods: nobody calls them, and some are named. */
const shells = (path: string): string =>
  [...readFileSync(path, 'utf8').matchAll(/^export class (\w+)/gm)]
    .map(([, name]) => `export class ${name} {}`)
    .join('\n')

/** What stands in for modules of the package, by the ends of their addresses. */
const substitutes: Readonly<Record<string, (path: string) => string>> = {
  '/gen/types/ObjectParamAPI.js': shells,
  '/gen/models/all.js': () => 'export {}',
  '/gen/models/ObjectSerializer.js': () => 'export class ObjectSerializer {}',
}

/**
 * Leaves out what @kubernetes/client-node generates from the API's description: a thousand modules, of which the operator calls none, for it talks with the
 * API server by `api-client.ts` (ADR 10). To be called before anything loads the package.
 */
export function leaveOutGeneratedClients(): void {
  registerHooks({
    load: (url, context, nextLoad) => {
      const [, ending = ''] = /\/@kubernetes\/client-node\/dist(\/.*)$/.exec(url) ?? []
      const substitute = Object.hasOwn(substitutes, ending) ? substitutes[ending] : undefined
      if (substitute === undefined) return nextLoad(url, context)
      return { format: 'module', source: substitute(fileURLToPath(url)), shortCircuit: true }
    },
  })
}
