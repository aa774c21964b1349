/**
 * The demo provider `G99.10/data-centre`: a small Express program over mutual TLS that a unit's developer may copy.
 * Environment: PORT, CERTS_DIR, UNITS_FILE (optional: administrative units as JSON).
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import helmet from 'helmet'
import { administrativeUnits } from './administrative-units.ts'
import { categories } from './categories.ts'
import { onlyGateway } from './only-gateway.ts'

const certsDir = process.env.CERTS_DIR ?? './certs-dev/out'
const read = (name: string): string => readFileSync(join(certsDir, name), 'utf8')

const app = express()
app.disable('x-powered-by')
app.use(helmet())
app.use(onlyGateway('urn:lienthong:gateway:gateway-1'))
app.use('/categories/v1', categories(administrativeUnits(process.env.UNITS_FILE)))

const server = createServer(
  {
    key: read('G99.10.data-centre.key'),
    cert: read('G99.10.data-centre.crt'),
    ca: read('ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  },
  app,
)
// Longer than the gateway keeps an idle connection, so that the gateway is the one that closes.
server.keepAliveTimeout = 65_000

server.on('error', (error: NodeJS.ErrnoException) => {
  process.stderr.write(`demo provider: ${error.message}\n`)
  process.exit(error.code === 'EADDRINUSE' ? 2 : 1)
})
server.listen(Number(process.env.PORT ?? 9443), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ port })
})

// Whoever started us has gone, whichever way.
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
