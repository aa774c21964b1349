import type { ExchangeKeys, ShownSignature } from './evidence-keys.ts'
import { fieldsOf, linesIn, readJson } from './read-parts.ts'

const KEY = /^[0-9a-f]{64}$/

/** The keys of exchanges in a file of a pack, attacker-controlled; null where one of them is none. */
export function readKeys(bytes: Uint8Array, lines: boolean): readonly ExchangeKeys[] | null {
  const entries = lines ? linesIn(bytes) : [bytes]
  const keys = entries?.map(entry => readEntry(fieldsOf(readJson(entry)))) ?? [null]
  return keys.every(entry => entry !== null) ? keys : null
}

function readEntry(fields: Readonly<Record<string, unknown>>): ExchangeKeys | null {
  const { exchange, request, response } = fields
  if (typeof exchange !== 'string' || typeof request !== 'string' || typeof response !== 'string') return null
  if (!KEY.test(request) || !KEY.test(response)) return null
  if (fields.signature === undefined) return { exchange, request, response }
  const signature = readSignature(fieldsOf(fields.signature))
  return signature && { exchange, request, response, signature }
}

function readSignature(fields: Readonly<Record<string, unknown>>): ShownSignature | null {
  const { key, algorithm, base, signature, publicKey } = fields
  const texts = [key, algorithm, base, signature].every(text => typeof text === 'string')
  if (!texts || (publicKey !== null && typeof publicKey !== 'string')) return null
  return fields as unknown as ShownSignature
}
