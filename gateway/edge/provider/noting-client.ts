import type { TLSSocket } from 'node:tls'
import { type buildConnector, Client, type Dispatcher } from 'undici'
import type { Channel } from '../../record/exchange-record.ts'

/** A request that wants to know over which connection it goes. */
export interface NotedRequest extends Dispatcher.DispatchOptions {
  /** Set when the request is handed to a connection: what that one negotiated, once it stands. */
  readonly noted: { over: { readonly channel: Channel | null } | null }
}

/** One connection of a pool that remembers what its handshake negotiated: undici tells nobody which socket served a request. */
export class NotingClient extends Client {
  readonly #line: { channel: Channel | null }

  /** `options.connect` is the function that the pool has made. */
  constructor(origin: URL, options: Client.Options) {
    const connect = options.connect as buildConnector.connector
    const line: { channel: Channel | null } = { channel: null }
    super(origin, {
      ...options,
      connect: (to: buildConnector.Options, done: buildConnector.Callback) =>
        connect(to, (...result) => {
          const [, socket] = result
          if (socket) line.channel = channelOf(socket as TLSSocket)
          done(...result)
        }),
    })
    this.#line = line
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { noted } = request as Partial<NotedRequest>
    if (noted) noted.over = this.#line
    return super.dispatch(request, handler)
  }
}

/** OpenSSL's names of the curves of SP 800-186. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** Only the side of the client is told the group, and of the hybrid ones only from Node 24 on. */
function channelOf(socket: TLSSocket): Channel {
  const { name } = (socket.getEphemeralKeyInfo() ?? {}) as { readonly name?: string }
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    ...(name === undefined ? {} : { group: CURVES[name] ?? name }),
  }
}
