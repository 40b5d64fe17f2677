import { createServer } from 'node:http'

const port = Number(process.env.PORT ?? 8080)
const version = process.env.VERSION ?? 'unknown'

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  if (request.url === '/healthz') return response.end('ok\n')
  response.end(`Hello from web ${version}\n`)
})

server.listen(port, () => console.log(`web ${version} listens on ${port}`))
process.once('SIGTERM', () => server.close())
