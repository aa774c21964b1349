import { randomFillSync } from 'node:crypto'

/** DESIGN "Audit log": a leaf is at most this long, so that a C2SP entry bundle can hold it (two length bytes). */
export const MAX_LEAF_BYTES = 65_535

const SALT_BYTES = 16
/** One system call for 256 salts. */
const pool = Buffer.alloc(SALT_BYTES * 256)
let used = pool.length

/** 16 random bytes as base64url, so that a hash whose body was dropped says nothing about the body. */
export function newSalt(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += SALT_BYTES
  return pool.toString('base64url', used - SALT_BYTES, used)
}

/** The bytes that are hashed and stored: UTF-8 JSON, keys in the order of the object given, undefined ones left out. */
export function encodeLeaf(fields: { readonly v: 1; readonly kind: string } & Record<string, unknown>): Uint8Array {
  const leaf = Buffer.from(JSON.stringify(fields))
  if (leaf.length > MAX_LEAF_BYTES) throw new RangeError(`a ${fields.kind} record of ${leaf.length} bytes`)
  return leaf
}
