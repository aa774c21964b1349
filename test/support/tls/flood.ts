import { connect as connectPlain, type Socket } from 'node:net'
import { connect } from 'node:tls'

/** Opens so many connections, some at a time, none of which becomes a TLS 1.3 connection; resolves when all are closed. */
export async function flood(port: number, times: number, atOnce = 50): Promise<void> {
  let left = times
  const one = async (): Promise<void> => {
    while (left > 0) {
      const socket = left-- % 2 === 0 ? plain(port) : tooOld(port)
      socket.on('error', () => undefined)
      socket.resume()
      await new Promise(resolve => socket.once('close', resolve))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

/** HTTP where a handshake belongs. */
function plain(port: number): Socket {
  const socket = connectPlain(port, 'localhost', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  return socket
}

/** A version that the gateway does not speak. */
const tooOld = (port: number): Socket => connect({ host: 'localhost', port, maxVersion: 'TLSv1.2' })
