import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { Server as NetServer, Socket as NetSocket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { TLSSocket } from 'node:tls'
import type { Instant } from '../../domain/instant.ts'
import type { PeerCertificate } from '../../identity/peer-certificate.ts'
import type { Count } from '../../record/counted-record.ts'
import { isWellFramed } from '../listener/check-framing.ts'
import { gate, turnAway } from '../listener/gate.ts'
import { judgePeer } from '../listener/judge-peer.ts'
import { lingerOnClose } from '../listener/linger.ts'
import { readyMade, readyMadeText } from '../listener/ready-made.ts'
import { fingerprintOf, tlsFailure } from '../listener/tls-failure.ts'
import { listenOn } from '../listener/listen-on.ts'
import { serverTls, type TlsMaterial, type TlsRules } from '../listener/tls-policy.ts'
import { reasonOfHandshake } from '../listener/tls-reason.ts'

const HANDSHAKE_MILLIS = 10_000
const HEADERS_MILLIS = 10_000
/** A change may hold a whole configuration. */
const BODY_MILLIS = 60_000
const KEEP_ALIVE_MILLIS = 75_000
const MAX_HEADER_BYTES = 16_384
/** Officers are few: more connections are somebody else's. */
const MAX_CONNECTIONS = 1_000
/** How long a drain waits for answers that are under way. */
const DRAIN_MILLIS = 5_000
/** How long a new connection of nobody, or one with half a request, is kept for the rest of that, so that it is told why. */
const CUT_GRACE_MILLIS = 700

/** Who is at the other end of a connection: certificate and address. */
export interface OfficePeer {
  readonly peer: PeerCertificate
  readonly source: string
}

export interface OfficeListenerOptions {
  readonly tls: TlsMaterial
  readonly rules: TlsRules
  readonly handle: (peer: OfficePeer, request: IncomingMessage, response: ServerResponse) => void
  /** Connections whose certificate is not acceptable. */
  readonly count: (count: Count) => void
  readonly now: () => Instant
  /** Told of each connection that was let in; what it returns is called when that has closed. */
  readonly onPeer?: (peer: PeerCertificate) => () => void
}

export interface OfficeListener {
  listen(port: number, host: string): Promise<number>
  /** New keys, certificates or trust for connections from now on. */
  reload(tls: TlsMaterial): void
  /** Takes no more connections, lets running requests end for a few seconds, then closes. */
  drain(): Promise<void>
  /**
   * Closes connections whose peer is nobody any more: idle ones at once, others behind their answer. What is not there whole within a
   * second gets none. To be called again and again: those that have just opened are left for the next time. Says how many.
   */
  cut(isNobody: (peer: PeerCertificate) => boolean): number
  /** The certificates of the connections that are open now. */
  connected(): Iterable<PeerCertificate>
}

/**
 * The office listener: HTTP/1.1 over mutual TLS, behind the same gate as the exchange listener, on a port of its own. It knows
 * nothing of officers: who holds a certificate is asked per request by whoever handles it.
 */
export function officeListener(options: OfficeListenerOptions): OfficeListener {
  const peers = new WeakMap<TLSSocket, OfficePeer>()
  /** Since when, in milliseconds of the monotonic clock. */
  const open = new Map<TLSSocket, number>()
  /** Requests of a connection that have no answer yet. */
  const unanswered = new WeakMap<TLSSocket, Set<IncomingMessage>>()
  /** Connections that close behind the answer that they wait for. */
  const doomed = new WeakSet<TLSSocket>()
  let draining = false

  const server = createServer(
    {
      ...serverTls(options.tls, options.rules),
      sessionIdContext: 'lienthong-office',
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MILLIS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MILLIS,
      requestTimeout: HEADERS_MILLIS + BODY_MILLIS,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      insecureHTTPParser: false,
      requireHostHeader: false,
      joinDuplicateHeaders: false,
    },
    (request, response) => {
      const socket = request.socket as TLSSocket
      const peer = peers.get(socket)
      if (!peer) return void socket.destroy()
      if (draining || doomed.has(socket)) response.setHeader('connection', 'close')
      const waiting = unanswered.get(socket)?.add(request)
      response.once('close', () => {
        waiting?.delete(request)
        if (waiting?.size === 0 && doomed.has(socket)) closeNow(socket)
      })
      if (isWellFramed(request)) return options.handle(peer, request, response)
      const { status, headers, body } = readyMade('request-malformed')
      response.writeHead(status, [...headers]).end(body)
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  gate(server, socket => {
    const peer = judgePeer(socket)
    const source = socket.remoteAddress ?? ''
    if (!peer.ok) {
      options.count(tlsFailure(peer.error.code, peer.error.reason, source, options.now(), fingerprintOf(socket)))
      turnAway(socket, peer.error.code)
      return false
    }
    peers.set(socket, { peer: peer.value, source })
    lingerOnClose(socket)
    open.set(socket, performance.now())
    unanswered.set(socket, new Set())
    const onGone = options.onPeer?.(peer.value)
    socket.once('close', () => {
      onGone?.()
      open.delete(socket)
    })
    return true
  })
  server.on('tlsClientError', (error, socket) =>
    options.count(
      tlsFailure('handshake-failed', reasonOfHandshake(error), socket.remoteAddress ?? '', options.now(), null),
    ),
  )
  // RFC 9112 section 6.3 and 11.2: what cannot be framed with certainty is answered 400 and the connection closed.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    socket.end(readyMadeText('request-malformed'))
  })
  server.on('connect', (_request, socket) => void socket.destroy())

  return {
    listen: (port, host) => listenOn(server, port, host),
    reload: tls => server.setSecureContext(serverTls(tls, options.rules)),
    async drain() {
      draining = true
      const closed = new Promise<void>(resolve => NetServer.prototype.close.call(server, () => resolve()))
      server.closeIdleConnections()
      const grace = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy()
      }, DRAIN_MILLIS)
      await closed
      clearTimeout(grace)
    },
    cut(isNobody) {
      let count = 0
      const youngest = performance.now() - CUT_GRACE_MILLIS
      for (const [socket, since] of open) {
        const of = peers.get(socket)
        if (since > youngest || doomed.has(socket) || !of || !isNobody(of.peer)) continue
        doomed.add(socket)
        count++
        const waiting = unanswered.get(socket) ?? new Set()
        if (waiting.size === 0) closeNow(socket)
        else
          setTimeout(() => {
            if (![...waiting].some(({ complete }) => complete)) closeNow(socket)
          }, CUT_GRACE_MILLIS).unref()
      }
      return count
    },
    *connected() {
      for (const socket of open.keys()) {
        const of = peers.get(socket)
        if (of) yield of.peer
      }
    },
  }
}

/** Says goodbye (RFC 8446 section 6.1) and closes, without lingering for more of the peer. */
const closeNow = (socket: TLSSocket): void => NetSocket.prototype.destroySoon.call(socket)
