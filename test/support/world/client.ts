import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'

export interface Call {
  readonly method?: string
  /** Behind the origin. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[]>> | readonly string[]
  readonly body?: string | Uint8Array
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON; null where it is none. */
  readonly json: Record<string, unknown> | null
}

export interface Client {
  call(call: Call): Promise<Answered>
  close(): void
}

/** A system that calls the gateway over mutual TLS, keeping its connections. `name` is that of its files: `G99.21.records`. */
export function clientOf(
  certsDir: string,
  port: () => number,
  name: string | null,
  options: { connections?: number } = {},
): Client {
  const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
  const agent = new Agent({
    keepAlive: true,
    maxSockets: options.connections ?? 64,
    ca: read('ca.crt'),
    ...(name === null ? {} : { key: read(`${name}.key`), cert: read(`${name}.crt`) }),
    maxCachedSessions: 0,
  })
  return {
    call: ({ method = 'GET', path, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          { host: 'localhost', port: port(), method, path, agent, headers: headers as never },
          incoming => {
            const chunks: Buffer[] = []
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
            incoming.on('error', reject)
            incoming.on('end', () => {
              const text = Buffer.concat(chunks).toString('utf8')
              resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) })
            })
          },
        )
        outgoing.on('error', reject)
        outgoing.end(body)
      }),
    close: () => agent.destroy(),
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}
