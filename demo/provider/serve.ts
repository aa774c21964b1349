import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express'
import helmet from 'helmet'
import { readFileSync } from 'node:fs'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { refuse } from './answers.ts'
import { gatewayKeys } from './gateway-keys.ts'
import { isGateway, onlyGateway } from './only-gateway.ts'
import { keepBytes, verifyAssertion } from './verify-assertion.ts'

export interface Provider {
  readonly system: string
  /** File name of its certificate and key: `G99.10.data-centre`. */
  readonly certificate: string
  /** Where it listens unless PORT says otherwise. */
  readonly port: number
  /** Routers by the basePath of their service: `/categories/v1`. */
  readonly services: Readonly<Record<string, Router>>
  /** Those of them that ask for `Exchange-Assertion`. */
  readonly asserted?: readonly string[]
}

/** The largest body that an operation of the demo describes. */
const MOST_BODY = '64kb'
const GATEWAY_SAN = 'urn:lienthong:gateway:gateway-1'

/**
 * Serves services to the gateway and to nobody else, over mutual TLS, until SIGTERM or until the process that started this one
 * is gone. Environment: PORT, CERTS_DIR, GATEWAY_URL. Exit codes: 2 the port is in use, 1 anything else.
 */
export function serve(provider: Provider): void {
  const { certificate, port } = provider
  const certsDir = process.env.CERTS_DIR ?? './certs-dev/out'
  const read = (name: string): string => readFileSync(join(certsDir, name), 'utf8')
  const tls = {
    key: read(`${certificate}.key`),
    cert: read(`${certificate}.crt`),
    ca: read('ca.crt'),
    minVersion: 'TLSv1.3',
  } as const
  // Systems hold certificates of the same authority: a host name alone does not make a gateway.
  const notTheGateway = new Error('not the gateway')
  const agent = new Agent({
    ...tls,
    checkServerIdentity: (_host, peer) => (isGateway(peer, GATEWAY_SAN) ? undefined : notTheGateway),
  })
  const gateway = process.env.GATEWAY_URL ?? 'https://localhost:8443'
  const vouched = verifyAssertion(gateway, provider.system, gatewayKeys(gateway, agent))
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, application(provider, vouched))
  // Longer than the gateway keeps an idle connection, so that the gateway is the one that closes.
  server.keepAliveTimeout = 65_000

  server.on('error', (error: NodeJS.ErrnoException) => {
    process.stderr.write(`demo provider ${certificate}: ${error.message}\n`)
    process.exit(error.code === 'EADDRINUSE' ? 2 : 1)
  })
  server.listen(Number(process.env.PORT ?? port), '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })

  // Whoever started us has gone, whichever way.
  process.on('disconnect', () => process.exit(0))
  process.on('SIGTERM', () => server.close(() => process.exit(0)))
}

function application({ services, asserted = [] }: Provider, vouched: RequestHandler) {
  const app = express()
  app.disable('x-powered-by')
  app.use(helmet())
  app.use(onlyGateway(GATEWAY_SAN))
  app.use(express.json({ limit: MOST_BODY, verify: keepBytes }))
  for (const basePath of asserted) app.use(basePath, vouched)
  for (const [basePath, router] of Object.entries(services)) app.use(basePath, router)
  app.use((request, response) =>
    refuse(request, response, 404, 'not-found', { en: 'There is nothing here.', vi: 'Không có gì tại địa chỉ này.' }),
  )
  app.use(failed)
  return app
}

/** A body that is not JSON, or a mistake of ours. The text of the error stays here: it may quote what was sent. */
function failed(thrown: unknown, request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(thrown)
  const status = (thrown as { status?: unknown }).status
  if (typeof status === 'number' && status >= 400 && status < 500)
    return refuse(request, response, 400, 'bad-request', {
      en: 'The request is not understood.',
      vi: 'Yêu cầu không hợp lệ.',
    })
  process.stderr.write('demo provider: a request failed\n')
  refuse(request, response, 500, 'failed', { en: 'The service failed.', vi: 'Dịch vụ gặp lỗi.' })
}
