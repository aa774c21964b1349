import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server as NetServer, Socket as NetSocket } from 'node:net'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { uuidv7 } from 'uuidv7'
import type { ExchangeId } from '../../domain/exchange-id.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Connection } from '../../exchange/known.ts'
import type { Reply } from '../../exchange/reply.ts'
import type { Arrived } from '../../exchange/known.ts'
import type { PeerCertificate } from '../../identity/peer-certificate.ts'
import type { Count } from '../../record/counted-record.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { bodySource } from './body-source.ts'
import { isWellFramed } from './check-framing.ts'
import { gate, turnAway } from './gate.ts'
import { judgePeer } from './judge-peer.ts'
import { fingerprintOf, tlsFailure } from './tls-failure.ts'
import { reasonOfHandshake } from './tls-reason.ts'
import { lingerOnClose } from './linger.ts'
import { readyMade, readyMadeText } from './ready-made.ts'
import { listenOn } from './listen-on.ts'
import { serverTls, type TlsMaterial, type TlsRules } from './tls-policy.ts'

/** Time for a client to finish its handshake; a slow loris holds no more than a socket for that long. */
const HANDSHAKE_MILLIS = 10_000
/** Time for all headers, and for a whole body, to arrive. */
const HEADERS_MILLIS = 10_000
const BODY_MILLIS = 30_000
const KEEP_ALIVE_MILLIS = 75_000
const MAX_HEADER_BYTES = 16_384
/**
 * How long open connections are kept in a drain for a request that is on its way, or for the next one of a busy caller, which is
 * answered with `Connection: close`. Closing at once would cut what was sent before our end of the connection was seen.
 */
const DRAIN_GRACE_MILLIS = 1_000
/**
 * How long a connection whose peer is nobody any more is kept for the rest of a request, so that it is told why. With the time to
 * notice it stays below a second.
 */
const CUT_GRACE_MILLIS = 700

export interface ListenerOptions {
  readonly tls: TlsMaterial
  readonly rules: TlsRules
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
  /** Told of each connection that was let in; what it returns is called when that has closed. */
  readonly onPeer?: (peer: PeerCertificate) => () => void
  /** A request that could not be framed: answered 400 and only counted. */
  readonly onFramingError: () => void
}

export interface ExchangeListener {
  listen(port: number, host: string): Promise<number>
  /** New keys, certificates or trust for connections from now on. */
  reload(tls: TlsMaterial): void
  /** Takes no more connections, answers what is on its way on open ones, lets running exchanges end, then closes. */
  drain(): Promise<void>
  /**
   * Closes connections whose peer is nobody any more: idle ones at once, others behind their answer, which is a refusal. What is not
   * there whole within a second gets none. Says how many.
   */
  cut(isNobody: (connection: Connection) => boolean): number
  /** The connections that are open now. */
  connected(): Iterable<Connection>
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
  /** Requests of a connection that have no answer yet. */
  const unanswered = new WeakMap<TLSSocket, Set<IncomingMessage>>()
  /** Connections that were told so: what follows unreadable bytes is unreadable too, and gets no second answer. */
  const unreadable = new WeakSet<Socket>()
  /** Connections that close behind the answer that they wait for. */
  const doomed = new WeakSet<TLSSocket>()
  let inFlight = 0
  let draining = false
  let closing = false
  /** Called when nothing is under way, and when the last connection has gone. */
  let onQuieter: () => void = () => undefined
  const quieter = (): Promise<void> => new Promise(resolve => (onQuieter = resolve))

  const handle = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    const socket = request.socket as TLSSocket
    const connection = connections.get(socket)
    if (!connection) return void socket.destroy()
    if (!isWellFramed(request)) return refuseFraming(response)
    if (options.portal.owns(request.url ?? '')) return options.portal.handle(connection, request, response)
    inFlight++
    unanswered.get(socket)?.add(request)
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
      unanswered.get(socket)?.delete(request)
      send(request, response, reply, draining || doomed.has(socket))
      ended()
    })
  }
  const ended = (): void => {
    if (--inFlight === 0) onQuieter()
  }

  /** In its turn behind the answers to earlier requests of the connection. */
  const refuseFraming = (response: ServerResponse): void => {
    if (response.socket) unreadable.add(response.socket)
    options.onFramingError()
    const { status, headers, body } = readyMade('request-malformed')
    response.writeHead(status, [...headers]).end(body)
  }

  const server: Server = createServer(
    {
      ...serverTls(options.tls, options.rules),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MILLIS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MILLIS,
      requestTimeout: HEADERS_MILLIS + BODY_MILLIS,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      insecureHTTPParser: false,
      // Node would answer 400 without a word; check-framing.ts looks, and at two of them too.
      requireHostHeader: false,
      joinDuplicateHeaders: false,
    },
    (request, response) => handle(request, response, false),
  )
  server.on('checkContinue', (request, response) => handle(request, response, true))
  server.on('checkExpectation', (_request, response) => refuseFraming(response))
  gate(server, socket => {
    if (closing) {
      socket.destroy()
      return false
    }
    const peer = judgePeer(socket)
    const source = socket.remoteAddress ?? ''
    if (!peer.ok) {
      const { code, reason } = peer.error
      options.count(tlsFailure(code, reason, source, options.now(), fingerprintOf(socket)))
      turnAway(socket, code)
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
    unanswered.set(socket, new Set())
    options.onConnections?.(open.size)
    const onGone = options.onPeer?.(peer.value)
    socket.once('close', () => {
      onGone?.()
      open.delete(socket)
      options.onConnections?.(open.size)
      if (open.size === 0) onQuieter()
    })
    return true
  })
  server.on('tlsClientError', (error, socket) =>
    options.count(
      tlsFailure('handshake-failed', reasonOfHandshake(error), socket.remoteAddress ?? '', options.now(), null),
    ),
  )
  answerFramingErrors(server, unreadable, options.onFramingError, socket =>
    [...(unanswered.get(socket) ?? [])].some(({ complete }) => complete),
  )

  return {
    listen: (port, host) => listenOn(server, port, host),
    reload: tls => server.setSecureContext(serverTls(tls, options.rules)),
    async drain() {
      draining = true
      // Not server.close(): that of HTTP closes idle connections at once.
      const closed = new Promise<void>(resolve => NetServer.prototype.close.call(server, () => resolve()))
      let graceIsOver = false
      const grace = setTimeout(() => {
        graceIsOver = true
        onQuieter()
      }, DRAIN_GRACE_MILLIS)
      while (inFlight > 0 || (open.size > 0 && !graceIsOver)) await quieter()
      clearTimeout(grace)
      closing = true
      for (const socket of open) socket.destroySoon()
      await closed
    },
    cut(isNobody) {
      let count = 0
      for (const socket of open) {
        const connection = connections.get(socket)
        if (doomed.has(socket) || !connection || !isNobody(connection)) continue
        doomed.add(socket)
        count++
        const waiting = unanswered.get(socket) ?? new Set()
        if (waiting.size === 0) closeNow(socket)
        else
          setTimeout(() => {
            if (waiting.size > 0 && ![...waiting].some(({ complete }) => complete)) closeNow(socket)
          }, CUT_GRACE_MILLIS).unref()
      }
      return count
    },
    *connected() {
      for (const socket of open) {
        const connection = connections.get(socket)
        if (connection) yield connection
      }
    },
    get inFlight() {
      return inFlight
    },
  }
}

/** Says goodbye (RFC 8446 section 6.1) and closes, without lingering for more of the peer. */
const closeNow = (socket: TLSSocket): void => NetSocket.prototype.destroySoon.call(socket)

function send(request: IncomingMessage, response: ServerResponse, reply: Reply, draining: boolean): void {
  const gone = (): void => void reply.onUndelivered?.().catch(() => undefined)
  if (response.destroyed || request.socket.destroyed) return gone()
  // A body that was not read to its end leaves the connection unusable for a next request.
  const close = reply.close || draining || !request.complete
  // A socket that broke with the body still in its buffers reports that write as finished, too, but it is destroyed by then.
  let out = false
  response.once('finish', () => (out = !request.socket.destroyed))
  response.once('close', () => {
    if (!out) gone()
  })
  response.writeHead(reply.status, [
    ...reply.headers,
    'content-length',
    String(reply.body.length),
    ...(close ? ['connection', 'close'] : []),
  ])
  response.end(reply.body)
}

/**
 * RFC 9112 section 6.3 and 11.2: what cannot be framed with certainty is answered 400 and the connection closed.
 * While a whole request of the connection waits for its answer (`owesAnswer`), the connection closes without a word: the caller
 * would take the 400 for that answer, and that request may have been forwarded.
 */
function answerFramingErrors(
  server: HttpServer,
  unreadable: WeakSet<Socket>,
  onFramingError: () => void,
  owesAnswer: (socket: TLSSocket) => boolean,
): void {
  const refuse = (socket: TLSSocket): void => {
    if (unreadable.has(socket)) return
    unreadable.add(socket)
    onFramingError()
    if (!socket.writable || owesAnswer(socket)) return void socket.destroy()
    socket.write(readyMadeText('request-malformed'))
    socket.destroySoon()
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    error.code === 'ECONNRESET' ? void socket.destroy() : refuse(socket as TLSSocket),
  )
  // A gateway is no proxy that opens tunnels; Node would close without a word.
  server.on('connect', (_request, socket) => refuse(socket as TLSSocket))
}
