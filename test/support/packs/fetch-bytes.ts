import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import type { World } from '../world/world.ts'

export interface Fetched {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/** What a system gets from the exchange listener, or an officer (`officer.…`) from the office, as it came. */
export function fetchBytes(world: World, name: string, path: string, body?: unknown): Promise<Fetched> {
  const read = (file: string): string => readFileSync(join(world.certsDir, file), 'utf8')
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: 'localhost',
        port: name.startsWith('officer.') ? world.gateway.officePort : world.gateway.exchangePort,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ca: read('ca.crt'),
        cert: read(`${name}.crt`),
        key: read(`${name}.key`),
      },
      response => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(pieces) }),
        )
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
