import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { uuidv7 } from 'uuidv7'
import type { ExchangeId } from '../../domain/exchange-id.ts'
import { type Instant, secondOf } from '../../domain/instant.ts'
import type { Connection } from '../../exchange/known.ts'
import type { Reply } from '../../exchange/reply.ts'
import type { Arrived } from '../../exchange/known.ts'
import type { ProblemCode } from '../../problems/catalogue.ts'
import { catalogue } from '../../problems/catalogue.ts'
import { problemBody } from '../../problems/problem.ts'
import type { Count } from '../../record/counted-record.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { bodySource } from './body-source.ts'
import { judgePeer } from './judge-peer.ts'
import { lingerOnClose } from './linger.ts'
import { serverTls, type TlsMaterial } from './tls-policy.ts'

/** Time for a client to finish its handshake; a slow loris holds no more than a socket for that long. */
const HANDSHAKE_MILLIS = 10_000
/** Time for all headers, and for a whole body, to arrive. */
const HEADERS_MILLIS = 10_000
const BODY_MILLIS = 30_000
const KEEP_ALIVE_MILLIS = 75_000
const MAX_HEADER_BYTES = 16_384

export interface ListenerOptions {
  readonly tls: TlsMaterial
  readonly run: (arrived: Arrived) => Promise<Reply>
  /** What is no exchange: paths of the portal. */
  readonly portal: {
    readonly owns: (target: string) => boolean
    readonly handle: (connection: Connection, request: IncomingMessage, response: ServerResponse) => void
  }
  readonly count: (count: Count) => void
  readonly now: () => Instant
  readonly memory: MemoryBudget
  readonly onConnections?: (open: number) => void
  /** A request that could not be framed: answered 400 and only counted. */
  readonly onFramingError: () => void
}

export interface ExchangeListener {
  listen(port: number, host: string): Promise<number>
  /** New keys, certificates or trust for connections from now on. */
  reload(tls: TlsMaterial): void
  /** Takes no more connections, lets running exchanges end, then closes. */
  drain(): Promise<void>
  readonly inFlight: number
}

/**
 * The exchange listener: HTTP/1.1 over mutual TLS. A plain request handler: no framework on the hot path.
 * Node asks for a certificate without rejecting by itself (it would close without telling anyone why); the gate at
 * `secureConnection` judges before any HTTP parser is attached.
 */
export function exchangeListener(options: ListenerOptions): ExchangeListener {
  const connections = new WeakMap<TLSSocket, Connection>()
  const open = new Set<TLSSocket>()
  let inFlight = 0
  let draining = false
  let onIdle: (() => void) | null = null

  const handle = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    const socket = request.socket as TLSSocket
    const connection = connections.get(socket)
    if (!connection) return void socket.destroy()
    if (options.portal.owns(request.url ?? '')) return options.portal.handle(connection, request, response)
    inFlight++
    const memory = options.memory.account()
    const body = bodySource(request, response, memory, BODY_MILLIS, expectsContinue)
    const arrived: Arrived = {
      exchange: uuidv7() as ExchangeId,
      at: options.now(),
      connection,
      method: request.method ?? '',
      rawTarget: request.url ?? '',
      rawHeaders: request.rawHeaders,
      body,
      memory,
      isGone: () => socket.destroyed || response.destroyed,
    }
    void options.run(arrived).then(reply => {
      memory.release()
      send(request, response, reply, draining)
      if (--inFlight === 0) onIdle?.()
    })
  }

  const server: Server = createServer(
    {
      ...serverTls(options.tls),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MILLIS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MILLIS,
      requestTimeout: HEADERS_MILLIS + BODY_MILLIS,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      insecureHTTPParser: false,
      requireHostHeader: true,
      joinDuplicateHeaders: false,
    },
    (request, response) => handle(request, response, false),
  )
  server.on('checkContinue', (request, response) => handle(request, response, true))
  gate(server, socket => {
    const peer = judgePeer(socket)
    const source = socket.remoteAddress ?? ''
    if (!peer.ok) {
      options.count(tlsFailure(peer.error, source, options.now()))
      turnAway(socket, peer.error)
      return false
    }
    const cipher = socket.getCipher()
    connections.set(socket, {
      peer: peer.value,
      tls: { version: socket.getProtocol() ?? '', cipher: cipher.standardName },
      source,
    })
    lingerOnClose(socket)
    open.add(socket)
    options.onConnections?.(open.size)
    socket.once('close', () => {
      open.delete(socket)
      options.onConnections?.(open.size)
    })
    return true
  })
  server.on('tlsClientError', (_error, socket) =>
    options.count(tlsFailure('handshake-failed', socket.remoteAddress ?? '', options.now())),
  )
  answerFramingErrors(server, options.onFramingError)

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port, host }, () => {
          server.off('error', reject)
          const address = server.address()
          resolve(typeof address === 'object' && address ? address.port : port)
        })
      }),
    reload: tls => server.setSecureContext(serverTls(tls)),
    async drain() {
      draining = true
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      if (inFlight > 0) await new Promise<void>(resolve => (onIdle = resolve))
      server.closeIdleConnections()
      for (const socket of open) socket.destroySoon()
      await closed
    },
    get inFlight() {
      return inFlight
    },
  }
}

/** Lets a connection through to HTTP only where `admit` says so: Node's own handler is taken off and called behind it. */
function gate(server: Server, admit: (socket: TLSSocket) => boolean): void {
  const attach = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (admit(socket)) for (const listener of attach) listener.call(server, socket)
  })
}

/** A ready-made 401 for a certificate that is not acceptable; without any certificate not a byte of HTTP is spoken. */
function turnAway(socket: TLSSocket, code: ProblemCode): void {
  socket.on('error', () => undefined)
  if (code === 'certificate-missing') return void socket.destroy()
  socket.write(plainProblem(code))
  lingerOnClose(socket)
  socket.destroySoon()
}

function plainProblem(code: ProblemCode): string {
  const body = problemBody({ code }, null, 'en')
  return (
    `HTTP/1.1 ${catalogue[code].status} ${code}\r\nContent-Type: application/problem+json\r\nExchange-Problem: ${code}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply, draining: boolean): void {
  const gone = (): void => void reply.onUndelivered?.().catch(() => undefined)
  if (response.destroyed || request.socket.destroyed) return gone()
  // A body that was not read to its end leaves the connection unusable for a next request.
  const close = reply.close || draining || !request.complete
  response.once('close', () => {
    if (!response.writableFinished) gone()
  })
  response.writeHead(reply.status, [
    ...reply.headers,
    'content-length',
    String(reply.body.length),
    ...(close ? ['connection', 'close'] : []),
  ])
  response.end(reply.body)
}

/** RFC 9112 section 6.3 and 11.2: what cannot be framed with certainty is answered 400 and the connection closed. */
function answerFramingErrors(server: HttpServer, onFramingError: () => void): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    onFramingError()
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    socket.end(plainProblem('request-malformed'))
  })
}

function tlsFailure(problem: Count['problem'], source: string, at: Instant): Count {
  return {
    kind: 'tls-failure',
    consumer: null,
    problem,
    source,
    second: secondOf(at),
    times: 1,
    certificate: null,
    detail: null,
  }
}
