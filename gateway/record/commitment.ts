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

const LENGTH_BYTES = 8

/** 64 bits, big-endian; resolves to where the part begins. */
function writeLength(head: Buffer, at: number, length: number): number {
  head.writeUInt32BE(Math.floor(length / 2 ** 32), at)
  head.writeUInt32BE(length >>> 0, at + 4)
  return at + LENGTH_BYTES
}

/**
 * SHA-256 over k, method, target and body, each behind its length (8 bytes, big-endian), so that no two inputs read alike.
 * For an answer the method is that of the request, so that the same body on another operation commits to something else.
 */
export function commit(k: Uint8Array, method: string, target: string, body: Uint8Array): Committed {
  const methodBytes = Buffer.byteLength(method)
  const targetBytes = Buffer.byteLength(target)
  // One buffer for all that comes before the body: each update of a hash costs as much as 400 bytes of it.
  const head = Buffer.alloc(4 * LENGTH_BYTES + k.length + methodBytes + targetBytes)
  let at = writeLength(head, 0, k.length)
  head.set(k, at)
  at = writeLength(head, at + k.length, methodBytes)
  at += head.write(method, at)
  at = writeLength(head, at, targetBytes)
  at += head.write(target, at)
  writeLength(head, at, body.length)
  const commitment = createHash('sha256').update(head).update(body).digest('hex') as Digest
  return { commitment, bytes: body.length }
}
