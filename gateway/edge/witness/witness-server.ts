import { createServer as createPlain, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { makeCosignature } from '../../log/cosignature.ts'
import { judgeSubmission, parseSubmission, type Verdict } from '../../log/witness.ts'
import { idOf, type KeptLog, type WitnessDirectory } from './witness-directory.ts'

export interface WitnessServerOptions {
  readonly directory: WitnessDirectory
  readonly host: string
  readonly port: number
  /** PEM; null: plain HTTP. What a witness says is signed either way. */
  readonly tls: { readonly key: string; readonly cert: string } | null
  readonly now: () => number
  /** Told of each answer to a submission. Never rejects. */
  readonly onAnswer: (origin: string, status: number, size: number) => void
  readonly onFault: (thrown: unknown) => void
}

export interface WitnessServer {
  readonly port: number
  close(): Promise<void>
}

/** A checkpoint with 16 signatures and 63 hashes is below 8 KiB; post-quantum signatures reach 5 KB each. */
const MAX_BODY_BYTES = 64 * 1024
/** Requests a second of one address, and of all: a log asks every few seconds. Strangers shall not use up what it needs. */
const PER_ADDRESS = 100
const PER_SECOND = 2_000
const CONNECTIONS = 256

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const plain = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

/** Serves a witness (C2SP tlog-witness): `POST /add-checkpoint`, `GET /log/<id>` (what it last cosigned), `GET /healthz`. */
export async function startWitnessServer(options: WitnessServerOptions): Promise<WitnessServer> {
  const { directory, tls, host, port, now, onFault } = options
  const logs = new Map(directory.origins().map(origin => [origin, directory.read(origin)]))
  const budget = perSecond(now)

  const handle: RequestListener = (request, response) => {
    void answer(request)
      .catch((thrown: unknown) => {
        onFault(thrown)
        return plain(500, 'the witness cannot keep what it would sign\n')
      })
      .then(({ status, type, body }) => {
        // An unread body would be taken for the next request.
        const close = request.complete ? {} : { connection: 'close' }
        response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...close })
        response.end(body)
      })
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { method, url = '' } = request
    if (!budget(request.socket.remoteAddress ?? '')) return plain(429, 'too many requests\n')
    if (method === 'POST' && url === '/add-checkpoint') {
      const body = await readBody(request)
      return body === null ? plain(413, `a request has at most ${MAX_BODY_BYTES} bytes\n`) : add(body)
    }
    if (method === 'GET' && url === '/healthz') return plain(200, `${directory.verifierKey}\n`)
    const log = method === 'GET' ? /^\/log\/([0-9a-f]{64})$/.exec(url)?.[1] : undefined
    return (log === undefined ? null : show(log)) ?? plain(404, 'see /add-checkpoint, /log/<id> and /healthz\n')
  }

  function add(body: Uint8Array): Answer {
    const submission = parseSubmission(body)
    if (!submission.ok) return plain(400, `${submission.error}\n`)
    const { origin } = submission.value.checkpoint
    const keys = directory.keysOf(origin)
    const log = keys.length > 0 ? kept(origin) : null
    // From here to the kept head nothing is awaited: judging and keeping are one act.
    const verdict = judgeSubmission(submission.value, log && { keys, head: log.head })
    const answered = log && verdict.kind === 'cosign' ? cosign(log, verdict) : refusal(verdict)
    options.onAnswer(origin, answered.status, submission.value.checkpoint.size)
    return answered
  }

  /** Kept before it is answered: an answer that is lost costs nothing, a head that is lost would let the log go back. */
  function cosign(log: KeptLog, { head, text, note }: Extract<Verdict, { kind: 'cosign' }>): Answer {
    const line = makeCosignature(text, Math.floor(now() / 1000), directory.name, directory.privateKey)
    const next = { ...log, head, note: `${note}${line}` }
    directory.keep(next)
    logs.set(log.origin, next)
    return plain(200, line)
  }

  /** A log that was trusted since the start is read then. */
  function kept(origin: string): KeptLog {
    const log = logs.get(origin) ?? directory.read(origin)
    logs.set(origin, log)
    return log
  }

  function show(id: string): Answer | null {
    const log = [...logs.values()].find(({ origin }) => idOf(origin) === id)
    return log?.note ? plain(200, log.note) : null
  }

  const server: Server = tls
    ? createSecure({ key: tls.key, cert: tls.cert, minVersion: 'TLSv1.2' }, handle)
    : createPlain(handle)
  server.maxConnections = CONNECTIONS
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeIdleConnections()
        // A request under way has a moment to end; its head is kept whole or not at all either way.
        setTimeout(() => server.closeAllConnections(), 1_000).unref()
      }),
  }
}

function refusal(verdict: Verdict): Answer {
  if (verdict.kind === 'conflict') return { status: 409, type: 'text/x.tlog.size', body: `${verdict.size}\n` }
  return verdict.kind === 'refuse' ? plain(verdict.status, `${verdict.why}\n`) : plain(404, 'unknown origin\n')
}

/** Null: too long. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > MAX_BODY_BYTES) return null
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

function perSecond(now: () => number): (address: string) => boolean {
  let second = 0
  let taken = 0
  const byAddress = new Map<string, number>()
  return address => {
    const present = Math.floor(now() / 1000)
    if (present !== second) {
      ;[second, taken] = [present, 0]
      byAddress.clear()
    }
    const own = (byAddress.get(address) ?? 0) + 1
    byAddress.set(address, own)
    // What one is refused does not count for the others.
    return own <= PER_ADDRESS && ++taken <= PER_SECOND
  }
}
