import { type ExchangeId, parseExchangeId } from '../domain/exchange-id.ts'
import type { LaneName } from '../domain/gateway-id.ts'
import type { Instant } from '../domain/instant.ts'
import { closesExchange, type ExchangeKind } from '../record/kinds.ts'
import { readLeaf, textOf } from '../record/read-leaf.ts'
import type { LaneRegister } from './ports.ts'

export interface OpenExchange {
  readonly exchange: ExchangeId
  /** Where its request record is. */
  readonly index: number
}

/** No exchange lives longer: body 30 s, deadline at most 5 min, commits. Microseconds. */
const LONGEST_EXCHANGE = 15 * 60 * 1_000_000
const CHUNK = 1000

/** Requests of a lane that no later record closes. Read from the end backwards, as far as an exchange can reach. */
export async function findOpenExchanges(
  register: Pick<LaneRegister, 'readLeaves'>,
  lane: LaneName,
  size: number,
): Promise<readonly OpenExchange[]> {
  const closed = new Set<string>()
  const open: OpenExchange[] = []
  let newest: Instant | null = null
  for (let until = size; until > 0; until -= CHUNK) {
    const from = Math.max(0, until - CHUNK)
    const leaves = await register.readLeaves(lane, from, until)
    for (let i = leaves.length - 1; i >= 0; i--) {
      const record = readLeaf(leaves[i] ?? new Uint8Array())
      if (!record.ok) continue
      newest ??= record.value.at
      if (newest - record.value.at > LONGEST_EXCHANGE) return open.reverse()
      const exchange = parseExchangeId(textOf(record.value, 'exchange') ?? '')
      if (!exchange.ok || !(record.value.kind in closesExchange)) continue
      const last = closesExchange[record.value.kind as ExchangeKind]
      // A check forwards nothing: its request record is its last word.
      const checked = record.value.fields.mode === 'check'
      if (!last && !checked && !closed.has(exchange.value)) open.push({ exchange: exchange.value, index: from + i })
      closed.add(exchange.value)
    }
  }
  return open.reverse()
}
