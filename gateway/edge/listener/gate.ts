import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { ProblemCode } from '../../problems/catalogue.ts'
import { lingerOnClose } from './linger.ts'
import { readyMadeText } from './ready-made.ts'

/** Lets a connection through to HTTP only where `admit` says so: Node's own handler is taken off and called behind it. */
export function gate(server: Server, admit: (socket: TLSSocket) => boolean): void {
  const attach = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (admit(socket)) for (const listener of attach) listener.call(server, socket)
  })
}

/** A ready-made 401 for a certificate that is not acceptable; without any certificate not a byte of HTTP is spoken. */
export function turnAway(socket: TLSSocket, code: ProblemCode): void {
  socket.on('error', () => undefined)
  if (code === 'certificate-missing') return void socket.destroy()
  socket.write(readyMadeText(code))
  lingerOnClose(socket)
  socket.destroySoon()
}
