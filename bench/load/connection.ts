import { connect, type TLSSocket } from 'node:tls'

/** What a client presents and trusts. PEM. */
export interface ClientTls {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * One keep-alive connection that sends ready-made requests, one at a time. HTTP framed by hand: enough for subjects that we
 * start ourselves, cheap enough not to be what is measured, and nothing to be copied into a server.
 */
export class Connection {
  readonly #socket: TLSSocket
  readonly #onAnswer: (status: number, connection: Connection) => void
  #status = 0
  /** Bytes of the present answer still to come; -1: its head is not complete. */
  #left = -1
  #head: Buffer | null = null
  /** The load generator's own note of when the present request was due. */
  since = 0

  private constructor(socket: TLSSocket, onAnswer: (status: number, connection: Connection) => void) {
    this.#socket = socket
    this.#onAnswer = onAnswer
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  /** Resolves when the handshake is done. */
  static open(
    port: number,
    tls: ClientTls,
    onAnswer: (status: number, connection: Connection) => void,
    onLost: (why: string) => void,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', minVersion: 'TLSv1.3', ...tls })
      socket.setNoDelay(true)
      socket.once('error', reject)
      socket.once('secureConnect', () => {
        socket.off('error', reject)
        socket.on('error', (error: Error) => onLost(error.message))
        socket.once('close', () => onLost('the subject closed a connection'))
        resolve(new Connection(socket, onAnswer))
      })
    })
  }

  send(request: Buffer, since: number): void {
    this.since = since
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.on('error', () => undefined)
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    let rest = chunk
    if (this.#left < 0) {
      const bytes = this.#head === null ? chunk : Buffer.concat([this.#head, chunk])
      const end = bytes.indexOf(HEAD_END)
      if (end < 0) {
        this.#head = bytes
        return
      }
      this.#head = null
      const head = bytes.toString('latin1', 0, end)
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
      if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`)
      this.#status = Number(head.slice(9, 12))
      this.#left = Number(length)
      rest = bytes.subarray(end + HEAD_END.length)
    }
    this.#left -= rest.length
    if (this.#left > 0) return
    if (this.#left < 0) throw new Error('an answer longer than its Content-Length')
    this.#left = -1
    this.#onAnswer(this.#status, this)
  }
}
