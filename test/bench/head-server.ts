import { createServer } from 'node:net'

const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.index.v1+json\r\ncontent-length: 491\r\n' +
    `docker-content-digest: sha256:${'a'.repeat(64)}\r\n\r\n`,
)
const end = Buffer.from('\r\n\r\n')

/** Run in a process of its own: answers every HEAD with the same bytes, so that the clients are the slowest part. */
export const tasks = {
  async listen(): Promise<string> {
    const server = createServer((socket) => {
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      let rest = Buffer.alloc(0)
      socket.on('data', (data) => {
        rest = rest.length === 0 ? data : Buffer.concat([rest, data])
        for (let at = rest.indexOf(end); at >= 0; at = rest.indexOf(end)) {
          rest = rest.subarray(at + end.length)
          socket.write(answer)
        }
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}`
  },
}
