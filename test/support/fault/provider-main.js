// A provider in a process of its own, so that it can be killed. What it saw is in a file before it answers: one line a request,
// written with O_APPEND at the moment its headers arrive. Environment: SEEN_FILE, CERTS_DIR, PROVIDER, PORT.
import { openSync, readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'

const { SEEN_FILE = '', CERTS_DIR = '', PROVIDER = '', PORT = '0' } = process.env
const read = file => readFileSync(join(CERTS_DIR, file), 'utf8')
const seen = openSync(SEEN_FILE, 'a')

const province = { code: '01', name: 'Thành phố Hà Nội' }
const answerTo = path =>
  JSON.stringify(
    path.endsWith('/search')
      ? { items: [province], total: 1 }
      : path.endsWith('/items')
        ? { items: [], page: 1, pageSize: 50, total: 0 }
        : { items: [province], page: 1, pageSize: 50, total: 1 },
  )

const server = createServer(
  {
    key: read(`${PROVIDER}.key`),
    cert: read(`${PROVIDER}.crt`),
    ca: read('ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
  },
  (request, response) => {
    writeSync(seen, `${request.headers['exchange-id']}\t${request.headers['exchange-receipt']}\n`)
    request.resume()
    request.once('end', () => {
      const body = answerTo(request.url)
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        .end(body)
    })
  },
)
server.keepAliveTimeout = 65_000
server.listen(Number(PORT), '127.0.0.1', () => process.send?.('ready'))
process.once('disconnect', () => process.exit(0))
