import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address in front of several servers, as a virtual address of a cluster is: it leads to one of them at a time. */
export interface TcpSwitch {
  readonly port: number
  /** New connections go there; those that are open are cut. */
  pointTo(port: number): void
  close(): Promise<void>
}

export async function startTcpSwitch(first: number): Promise<TcpSwitch> {
  const sockets = new Set<Socket>()
  let target = first
  const follow = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      sockets.delete(socket)
      other().destroy()
    })
  }
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer(client => {
    const upstream = connect({ host: '127.0.0.1', port: target })
    follow(client, () => upstream)
    follow(upstream, () => client)
    client.pipe(upstream)
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    pointTo(port) {
      target = port
      cut()
    },
    async close() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}
