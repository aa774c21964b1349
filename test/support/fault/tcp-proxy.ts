import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Frame, frameReader, isCommit } from './postgres-frames.ts'

/**
 * What happens to a commit on its way: `cut-before`: its bytes never reach the server. `cut-within`: half of them do.
 * `cut-after`: all of them do, and the connection is cut at once. `swallow`: the server has answered, and the connection is cut instead
 * of passing the answer on ("failed but persisted"). `silence`: the same, but the connection stays open and silent.
 * `delay`: its bytes reach the server after `millis`.
 */
export type CommitFault =
  | { readonly kind: 'cut-before' | 'cut-within' | 'cut-after' | 'swallow' | 'silence' }
  | { readonly kind: 'delay'; readonly millis: number }

export interface Armed {
  readonly fault: CommitFault
  /** The first commit whose bytes hold this text. */
  readonly holding: string
  /** From that moment on nobody can connect for this long, and who is connected is cut. */
  readonly refuseMillis?: number
}

export interface PostgresProxy {
  readonly port: number
  /** Faults that have happened. */
  readonly happened: () => number
  /** For the next commit that it fits. */
  arm(armed: Armed): void
  close(): Promise<void>
}

/** Stands between a gateway and PostgreSQL, and knows just enough of the protocol to find a commit. */
export async function startPostgresProxy(target: { host: string; port: number }): Promise<PostgresProxy> {
  const sockets = new Set<Socket>()
  let armed: Armed | null = null
  let happened = 0
  let refuseUntil = 0

  const follow = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  }
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer(client => {
    if (Date.now() < refuseUntil) return void client.destroy()
    const upstream = connect(target)
    follow(client)
    follow(upstream)
    client.once('close', () => upstream.end())
    upstream.once('close', () => client.destroy())

    const readClient = frameReader(true)
    /** Of the message exchange under way. */
    let current: CommitFault | null = null
    let deaf = false
    let queue: Promise<void> = Promise.resolve()

    const cut = (): void => void client.destroy()
    const pass = (frame: Frame): void => void (upstream.destroyed || upstream.write(frame.bytes))
    const take = async (frame: Frame): Promise<void> => {
      if (deaf) return
      if (armed && isCommit(frame) && frame.bytes.includes(armed.holding)) {
        const { fault, refuseMillis } = armed
        armed = null
        happened++
        current = fault
        if (refuseMillis !== undefined) {
          refuseUntil = Date.now() + refuseMillis
          for (const socket of sockets) if (socket !== client && socket !== upstream) socket.destroy()
        }
        if (fault.kind === 'delay') await sleep(fault.millis)
        if (fault.kind === 'cut-within') upstream.write(frame.bytes.subarray(0, frame.bytes.length >> 1))
        if (fault.kind === 'cut-before' || fault.kind === 'cut-within') {
          deaf = true
          return cut()
        }
      }
      pass(frame)
      // Sync is what commits: with its last byte the server has all it needs.
      if (current?.kind === 'cut-after' && frame.type === 'S') {
        deaf = true
        upstream.end(cut)
      }
    }
    client.on('data', chunk => {
      for (const frame of readClient(chunk)) queue = queue.then(() => take(frame))
    })
    upstream.on('data', chunk => {
      if (current === null || current.kind === 'delay') return void client.write(chunk)
      // ReadyForQuery is the last message of an answer, and 6 bytes long.
      const isAnswered = chunk.length >= 6 && chunk[chunk.length - 6] === 0x5a
      if (current.kind === 'swallow' && isAnswered) cut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    happened: () => happened,
    arm: next => {
      armed = next
    },
    async close() {
      server.close()
      cutAll()
      await once(server, 'close')
    },
  }
}
