import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Binding, bindingOf } from '../domain/binding.ts'
import { formatInstant, type Instant, parseInstant } from '../domain/instant.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { GatewayKey, KeyUse } from './signing-keys.ts'

/** One key of the inventory: everything about it but the secret. */
export interface InventoryKey {
  readonly use: KeyUse
  /** SHA-256 of the public key (SPKI), hex. */
  readonly id: Binding
  readonly algorithm: GatewayKey['algorithm']
  readonly place: GatewayKey['place']
  /** File below KEYS_DIR, or label in the token. */
  readonly name: string
  readonly publicKey: KeyObject
  readonly since: Instant
  /** From then on it signs. */
  readonly activates: Instant
  /** From then on its signatures count no more; null: not decided. */
  readonly until: Instant | null
  /** Its private half was destroyed. */
  readonly isDestroyed: boolean
}

export type KeyState = 'next' | 'current' | 'previous' | 'retired'

export const KEY_USES = [
  'control-lane',
  'answers',
  'assertions',
  'tokens',
  'packs',
] as const satisfies readonly KeyUse[]

/** Notes know Ed25519 (C2SP signed-note); the rest is ES256, which every consumer's library can verify. */
export const ALGORITHM_OF = {
  'control-lane': 'Ed25519',
  answers: 'ES256',
  assertions: 'ES256',
  tokens: 'ES256',
  packs: 'ES256',
} as const satisfies Record<KeyUse, GatewayKey['algorithm']>

/** The key that signs at a moment: of those in effect the one that came last. Null where none is. */
export function currentKey(keys: readonly InventoryKey[], use: KeyUse, at: Instant): InventoryKey | null {
  let current: InventoryKey | null = null
  for (const key of keys) {
    if (key.use !== use || key.activates > at || isOver(key, at)) continue
    if (current === null || key.activates >= current.activates) current = key
  }
  return current
}

/** A pure function of the inventory and the time: processes that share an inventory change keys without talking to each other. */
export function stateOf(key: InventoryKey, keys: readonly InventoryKey[], at: Instant): KeyState {
  if (isOver(key, at)) return 'retired'
  if (key.activates > at) return 'next'
  return currentKey(keys, key.use, at)?.id === key.id ? 'current' : 'previous'
}

const isOver = (key: InventoryKey, at: Instant): boolean => key.isDestroyed || (key.until !== null && key.until <= at)

/**
 * The inventory with `made` taking over at `made.activates`. The key before it stays published for `overlap` microseconds behind
 * that; null: until it is retired by hand. Refused while a next key waits already.
 */
export function planRotation(
  keys: readonly InventoryKey[],
  made: InventoryKey,
  overlap: number | null,
  at: Instant,
): Result<readonly InventoryKey[]> {
  const waiting = keys.find(key => key.use === made.use && stateOf(key, keys, at) === 'next')
  if (waiting) return err(`the key ${waiting.id} is next already, from ${formatInstant(waiting.activates)} on`)
  return ok([...endCurrent(keys, made.use, made.activates, overlap, at), made])
}

/** The inventory with the next key taking over now instead of when it was to. Null where none waits. */
export function hasten(
  keys: readonly InventoryKey[],
  use: KeyUse,
  overlap: number | null,
  at: Instant,
): readonly InventoryKey[] | null {
  const next = keys.find(key => key.use === use && stateOf(key, keys, at) === 'next')
  if (!next) return null
  return endCurrent(keys, use, at, overlap, at).map(key => (key.id === next.id ? { ...key, activates: at } : key))
}

function endCurrent(
  keys: readonly InventoryKey[],
  use: KeyUse,
  activates: Instant,
  overlap: number | null,
  at: Instant,
): readonly InventoryKey[] {
  const current = currentKey(keys, use, at)
  const until = overlap === null ? null : ((activates + overlap) as Instant)
  return keys.map(key => (key.id === current?.id ? { ...key, until } : key))
}

/** Keys of one use at most: a JWKS of more would be a fault, and the file is read once a second. */
const MOST_KEYS = 1000
const FILE_NAME = /^[a-z0-9][a-z0-9-]{0,99}(?:\.key)?$/

/** Text of keys.json. No secret is in it. */
export function formatInventory(keys: readonly InventoryKey[]): string {
  const rows = keys.map(({ since, activates, until, publicKey, isDestroyed, ...key }) => ({
    ...key,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    since: formatInstant(since),
    activates: formatInstant(activates),
    until: until === null ? null : formatInstant(until),
    destroyed: isDestroyed,
  }))
  return `${JSON.stringify({ v: 1, keys: rows }, null, 2)}\n`
}

/** Strict: a file that was damaged must not read as one with fewer keys. */
export function parseInventory(text: string): Result<readonly InventoryKey[]> {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return err('not JSON')
  }
  const { v, keys } = (content ?? {}) as { v?: unknown; keys?: unknown }
  if (v !== 1 || !Array.isArray(keys) || keys.length > MOST_KEYS) return err('not an inventory of version 1')
  const parsed: InventoryKey[] = []
  for (const [nth, row] of keys.entries()) {
    const key = parseRow((row ?? {}) as Record<string, unknown>)
    if (!key.ok) return err(`key ${nth}: ${key.error}`)
    if (parsed.some(({ id }) => id === key.value.id)) return err(`key ${nth}: ${key.value.id} comes twice`)
    parsed.push(key.value)
  }
  return ok(parsed)
}

function parseRow(row: Record<string, unknown>): Result<InventoryKey> {
  const use = KEY_USES.find(known => known === row.use)
  if (!use) return err('its use is unknown')
  if (row.algorithm !== ALGORITHM_OF[use]) return err(`a key for ${use} is ${ALGORITHM_OF[use]}`)
  if (row.place !== 'file' && row.place !== 'pkcs11') return err('its place is file or pkcs11')
  if (typeof row.name !== 'string' || !FILE_NAME.test(row.name)) return err('its name is no file and no label')
  const publicKey = publicKeyIn(row.publicKey)
  if (!publicKey || !isOf(publicKey, ALGORITHM_OF[use])) return err('its public key cannot be read')
  const id = bindingOf(publicKey.export({ type: 'spki', format: 'der' }))
  if (row.id !== id) return err('its id is not that of its public key')
  const [since, activates] = [timeIn(row.since), timeIn(row.activates)]
  const until = row.until === null ? null : timeIn(row.until)
  if (since === undefined || activates === undefined || until === undefined) return err('a time cannot be read')
  const { algorithm, place, name } = row as unknown as InventoryKey
  return ok({
    use,
    id,
    algorithm,
    place,
    name,
    publicKey,
    since,
    activates,
    until,
    isDestroyed: row.destroyed === true,
  })
}

function publicKeyIn(value: unknown): KeyObject | null {
  if (typeof value !== 'string') return null
  try {
    return createPublicKey({ key: Buffer.from(value, 'base64'), type: 'spki', format: 'der' })
  } catch {
    return null
  }
}

const isOf = (key: KeyObject, algorithm: GatewayKey['algorithm']): boolean =>
  algorithm === 'Ed25519'
    ? key.asymmetricKeyType === 'ed25519'
    : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'

function timeIn(value: unknown): Instant | undefined {
  const parsed = parseInstant(typeof value === 'string' ? value : '')
  return parsed.ok ? parsed.value : undefined
}
