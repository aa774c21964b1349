import { createHash } from 'node:crypto'
import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** A SHA-256 digest, 64 lower-case hex digits. */
export type Digest = Brand<string, 'Digest'>

export const digestOf = (bytes: Uint8Array | string): Digest =>
  createHash('sha256').update(bytes).digest('hex') as Digest

export function parseDigest(text: string): Result<Digest> {
  return /^[0-9a-f]{64}$/.test(text) ? ok(text as Digest) : err('a digest is 64 lower-case hex digits')
}
