import { Frontier } from '../../../gateway/log/frontier.ts'
import { parseCheckpoint } from '../../../gateway/log/checkpoint.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import type { LedgerEntry, LedgerFinding, Seen } from './ledger.ts'
import type { LoggedRecord } from './read-log.ts'

interface Receipt {
  readonly lane: string
  readonly index: number
  readonly leaf: string
  readonly checkpoint: string
}

const RECEIPT = /^lane="([^"]+)", index=(\d+), leaf=:([^:]+):, checkpoint=:([^:]+):$/

/** What was promised to clients and providers: each receipt names a record of its exchange, under a root that the lane had. */
export function checkReceipts(
  ledger: readonly LedgerEntry[],
  seen: readonly Seen[],
  log: readonly LoggedRecord[],
): readonly LedgerFinding[] {
  const findings: LedgerFinding[] = []
  const stored = new Map(log.map(record => [`${record.lane} ${record.index}`, record]))
  /** Roots that were signed for a size of a lane. */
  const claimed = new Map<string, Map<number, Set<string>>>()

  const check = (exchange: string, text: string, kind: string | null): void => {
    const find = (promise: string): void => void findings.push({ promise, exchange })
    const receipt = parseReceipt(text)
    if (!receipt) return find('a receipt that cannot be read')
    const record = stored.get(`${receipt.lane} ${receipt.index}`)
    if (!record) return find('a receipt without its record')
    if (record.exchange !== exchange || (kind !== null && record.kind !== kind)) find('a receipt of another record')
    if (Buffer.from(hashLeaf(record.leaf)).toString('base64') !== receipt.leaf) find('a receipt of another leaf')
    const checkpoint = parseCheckpoint(Buffer.from(receipt.checkpoint, 'base64'))
    if (!checkpoint.ok) return find('a receipt whose checkpoint cannot be read')
    const { size, root } = checkpoint.value
    if (size <= receipt.index) find('a receipt whose checkpoint does not cover it')
    const sizes = claimed.get(receipt.lane) ?? new Map<number, Set<string>>()
    claimed.set(receipt.lane, sizes.set(size, (sizes.get(size) ?? new Set()).add(Buffer.from(root).toString('hex'))))
  }
  for (const { exchange, receipt, problem } of ledger)
    if (receipt !== null) check(exchange ?? '?', receipt, problem === null ? 'response' : null)
  // A line of a provider that was killed while it wrote ends anywhere.
  for (const { headers } of seen) {
    const receipt = headers['exchange-receipt']
    if (typeof receipt === 'string' && RECEIPT.test(receipt)) check(String(headers['exchange-id']), receipt, 'request')
  }
  return [...findings, ...checkRoots(claimed, log)]
}

function* checkRoots(
  claimed: ReadonlyMap<string, ReadonlyMap<number, ReadonlySet<string>>>,
  log: readonly LoggedRecord[],
): Generator<LedgerFinding> {
  for (const [lane, sizes] of claimed) {
    const leaves = log.filter(record => record.lane === lane).map(record => hashLeaf(record.leaf))
    let frontier = Frontier.EMPTY
    for (const [size, roots] of [...sizes].sort(([a], [b]) => a - b)) {
      const where = `${lane} at ${size}`
      if (roots.size > 1) yield { promise: 'two roots were signed for one size', exchange: where }
      if (size > leaves.length) yield { promise: 'a checkpoint beyond the stored lane', exchange: where }
      else {
        frontier = frontier.append(leaves.slice(frontier.size, size)).frontier
        if (!roots.has(Buffer.from(frontier.root).toString('hex')))
          yield { promise: 'a checkpoint that the lane never passed through', exchange: where }
      }
    }
  }
}

function parseReceipt(text: string): Receipt | null {
  const [, lane = '', index = '', leaf = '', checkpoint = ''] = RECEIPT.exec(text) ?? []
  return lane === '' ? null : { lane, index: Number(index), leaf, checkpoint }
}
