import type { Socket } from 'node:net'

/** Long enough for a caller on a slow line to read its answer; short enough that nobody keeps sockets for nothing. */
const LINGER_MILLIS = 2_000

/**
 * Closes so that the answer arrives. Closing a socket while unread bytes are in its receive buffer makes the kernel send a
 * reset, and the caller's stack then throws the answer away unread (RFC 9112 section 9.6 asks servers to close in two steps).
 * Node calls `destroySoon` behind the last answer of a connection; here it ends our side, reads on and discards for a moment.
 */
export function lingerOnClose(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end()
    socket.resume()
    setTimeout(() => socket.destroy(), LINGER_MILLIS).unref()
  }
}
