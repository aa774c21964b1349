import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network between a client and the database that can break as networks do. */
export interface Wire {
  readonly port: number
  /** Ends the client's side of all connections; the database notices nothing. */
  cut(): void
  close(): Promise<void>
}

export async function openWire(target: number): Promise<Wire> {
  const near = new Set<Socket>()
  const far = new Set<Socket>()
  let cutting = false
  const server = createServer(client => {
    const database = connect(target, '127.0.0.1')
    near.add(client)
    far.add(database)
    for (const socket of [client, database]) socket.on('error', () => undefined)
    client.on('data', bytes => database.write(bytes))
    database.on('data', bytes => client.writable && client.write(bytes))
    client.on('close', () => {
      near.delete(client)
      if (!cutting) database.end()
    })
    database.on('close', () => client.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      cutting = true
      for (const socket of near) socket.destroy()
      // 'close' comes on a later turn; from then on connections behave again.
      setTimeout(() => (cutting = false), 50)
    },
    close: async () => {
      for (const socket of [...near, ...far]) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
