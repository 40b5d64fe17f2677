import { accept, repeated } from './heads.ts'

/** Run in a process without the package undici: wherever that is loaded, the built-in fetch takes its connections. */
export const tasks = {
  /** HEAD after HEAD by what Node has built in. */
  async heads(url: string, count: number): Promise<void> {
    await repeated(count, async () => {
      const response = await fetch(url, { method: 'HEAD', headers: { accept }, signal: AbortSignal.timeout(45_000) })
      await response.arrayBuffer()
      return response.status
    })
  },
}
