import { createHmac, createHash, type KeyObject } from 'node:crypto'
import type { Digest } from '../domain/digest.ts'
import type { ExchangeId } from '../domain/exchange-id.ts'
import type { Committed } from './exchange-record.ts'

export type Direction = 'request' | 'response'

/**
 * k = HMAC-SHA256(evidence key, exchange id, direction): known to the gateway and, through `/exchanges/{id}` and evidence packs,
 * to the parties. Without it a reader of the log cannot try out citizen numbers.
 */
export const commitmentKey = (evidenceKey: KeyObject, exchange: ExchangeId, direction: Direction): Buffer =>
  createHmac('sha256', evidenceKey).update(`${exchange} ${direction}`).digest()

/**
 * SHA-256 over k, method, target and body, each behind its length (8 bytes, big-endian), so that no two inputs read alike.
 * For an answer the method is that of the request, so that the same body on another operation commits to something else.
 */
export function commit(k: Uint8Array, method: string, target: string, body: Uint8Array): Committed {
  const hash = createHash('sha256')
  for (const part of [k, Buffer.from(method), Buffer.from(target), body]) {
    const length = Buffer.alloc(8)
    length.writeUInt32BE(Math.floor(part.length / 2 ** 32), 0)
    length.writeUInt32BE(part.length >>> 0, 4)
    hash.update(length).update(part)
  }
  return { commitment: hash.digest('hex') as Digest, bytes: body.length }
}
