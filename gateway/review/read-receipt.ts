import { type LaneName, parseLaneName } from '../domain/gateway-id.ts'
import { parseExchangeId } from '../domain/exchange-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { decodeBase64 } from '../log/base64.ts'
import { HASH_BYTES } from '../log/hash.ts'

/** A receipt as a party kept it: nothing of it is proven yet. */
export interface PresentedReceipt {
  /** What the party says that it is of; null: it did not say. */
  readonly exchange: string | null
  readonly lane: LaneName
  readonly index: number
  readonly leafHash: Uint8Array
  /** Signed note. */
  readonly checkpoint: string
}

/** A receipt is about 500 bytes. */
export const MAX_RECEIPT_BYTES = 4096

/** `Exchange-Receipt` as `formatReceipt` writes it, in its one spelling, with the exchange's id before it where it is known. */
const RECEIPT =
  /^(?:([0-9a-f-]{36})[ \t]+)?lane="([^"]{1,100})", index=(0|[1-9]\d{0,15}), leaf=:([A-Za-z0-9+/=]{44}):, checkpoint=:([A-Za-z0-9+/=]+):$/

/** Reads one line, attacker-controlled: `[EXCHANGE-ID ]lane="…", index=…, leaf=:…:, checkpoint=:…:`. */
export function readReceipt(line: string): Result<PresentedReceipt> {
  if (line.length > MAX_RECEIPT_BYTES) return err(`a receipt has at most ${MAX_RECEIPT_BYTES} bytes`)
  const [, exchange, name = '', index = '', leaf = '', checkpoint = ''] = RECEIPT.exec(line.trim()) ?? []
  if (name === '') return err('not an Exchange-Receipt: lane="…", index=…, leaf=:…:, checkpoint=:…:')
  const lane = parseLaneName(name)
  if (!lane.ok) return lane
  if (exchange !== undefined && !parseExchangeId(exchange).ok)
    return err('what stands before the receipt is no exchange id')
  const leafHash = decodeBase64(leaf)
  if (leafHash?.length !== HASH_BYTES) return err('its leaf is not the base64 of 32 bytes')
  const note = decodeBase64(checkpoint)
  if (!note) return err('its checkpoint is not base64')
  return ok({
    exchange: exchange ?? null,
    lane: lane.value,
    index: Number(index),
    leafHash,
    checkpoint: Buffer.from(note).toString('utf8'),
  })
}
