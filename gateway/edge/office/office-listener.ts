import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { Server as NetServer } from 'node:net'
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
}

/**
 * The office listener: HTTP/1.1 over mutual TLS, behind the same gate as the exchange listener, on a port of its own. It knows
 * nothing of officers: who holds a certificate is asked per request by whoever handles it.
 */
export function officeListener(options: OfficeListenerOptions): OfficeListener {
  const peers = new WeakMap<TLSSocket, OfficePeer>()
  const open = new Set<TLSSocket>()
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
      const peer = peers.get(request.socket as TLSSocket)
      if (!peer) return void request.socket.destroy()
      if (draining) response.setHeader('connection', 'close')
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
    open.add(socket)
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
        for (const socket of open) socket.destroy()
      }, DRAIN_MILLIS)
      await closed
      clearTimeout(grace)
    },
  }
}
