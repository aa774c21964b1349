import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** What one handshake of the system's own openssl came to. */
export interface Handshake {
  /** Null: refused. */
  readonly cipher: string | null
  readonly protocol: string | null
  /** Everything that `openssl s_client` said. */
  readonly text: string
}

export interface OpenSslClient {
  /** `input` goes to the server line by line, a moment apart; s_client takes some letters at the start of a line as commands. */
  connect(flags: readonly string[], input?: readonly string[]): Promise<Handshake>
}

/** `openssl s_client` with the certificate of a system: another implementation of the client's side than Node's. */
export function openSslClient(certsDir: string, port: () => number, name = 'G99.21.records'): OpenSslClient {
  const file = (ending: string): string => join(certsDir, `${name}.${ending}`)
  const own = [
    '-cert',
    file('crt'),
    '-cert_chain',
    file('crt'),
    '-key',
    file('key'),
    '-CAfile',
    join(certsDir, 'ca.crt'),
  ]
  return {
    connect: (flags, input = []) =>
      new Promise((resolve, reject) => {
        const child = spawn('openssl', ['s_client', '-connect', `localhost:${port()}`, ...own, ...flags])
        let text = ''
        child.stdout.on('data', chunk => (text += String(chunk)))
        child.stderr.on('data', chunk => (text += String(chunk)))
        child.stdin.on('error', () => undefined)
        child.once('error', reject)
        child.once('close', () => {
          const [, cipher = '(NONE)'] = /Cipher is (\S+)/.exec(text) ?? []
          const [, protocol = null] = /New, (TLSv[\d.]+|SSLv3),/.exec(text) ?? []
          resolve({ cipher: cipher === '(NONE)' ? null : cipher, protocol, text })
        })
        void feed(child.stdin, input)
      }),
  }
}

/** Time for the server to answer one line before the next; only a slow answer makes it matter, and then the text lacks something. */
const LINE_MILLIS = 300

async function feed(stdin: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    stdin.write(line)
    await new Promise(resolve => setTimeout(resolve, LINE_MILLIS))
  }
  stdin.end()
}

/** Every choice that the server makes from a list: what it took is left out of the next offer, until it refuses. */
export async function acceptedOf(
  offer: (names: readonly string[]) => Promise<Handshake>,
  names: readonly string[],
): Promise<readonly string[]> {
  const accepted: string[] = []
  for (let left = names; left.length > 0; ) {
    const { cipher } = await offer(left)
    if (cipher === null || !left.includes(cipher)) break
    accepted.push(cipher)
    left = left.filter(name => name !== cipher)
  }
  return accepted
}
