import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

let asked = 0

/** A registry in a process of its own that has every repository, answers at once, and takes next to nothing of the machine. */
export const tasks = {
  /** Begins to serve repositories of so many tags each; answers its `host:port`. */
  async listen(tags: number): Promise<string> {
    const names = Array.from({ length: tags }, (_, index) => `1.${index}.0`).toSorted()
    const list = JSON.stringify(names)
    const server = createServer(({ url = '' }, response) => {
      asked += 1
      const [, repository] = /^\/v2\/(.+)\/tags\/list\?/.exec(url) ?? []
      if (repository === undefined) response.writeHead(404).end()
      // As distribution does it: a page that is full has a next one, which is empty.
      else if (url.includes('last=')) answer(response, `{"name":"${repository}","tags":[]}`)
      else answer(response, `{"name":"${repository}","tags":${list}}`, `<?last=${names.at(-1)}&n=${tags}>; rel="next"`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  /** How many requests came so far. */
  asked(): number {
    return asked
  },
}

function answer(response: ServerResponse, body: string, link?: string): void {
  response.writeHead(200, { 'content-type': 'application/json', ...(link !== undefined && { link }) }).end(body)
}
