/** The provider behind every subject: node:https with mutual TLS, the same 1 KiB of JSON for each request. A process of its own. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ANSWER_BODY } from './messages.ts'

const certsDir = process.argv[2] ?? ''
const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
const body = Buffer.from(ANSWER_BODY)
const headers = ['content-type', 'application/json', 'content-length', String(body.length)]

const server = createServer(
  {
    key: read('G99.10.data-centre.key'),
    cert: read('G99.10.data-centre.crt'),
    ca: read('ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  },
  (request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(200, headers).end(body))
  },
)
server.keepAliveTimeout = 120_000
server.maxRequestsPerSocket = 0
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
