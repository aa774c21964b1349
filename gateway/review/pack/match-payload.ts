import { commit, type Direction } from '../../record/commitment.ts'
import { type StoredRecord, textOf } from '../../record/read-leaf.ts'
import type { PackReport } from './pack-report.ts'
import { fieldsOf } from './read-parts.ts'
import type { ProvenRecords } from './verify-records.ts'

/** What a party kept, and says that it crossed. */
export interface KeptPayload {
  readonly direction: Direction
  /** Null: the one of the record. For an answer it is that of the request. */
  readonly method: string | null
  /** Path and query as they were sent: `/exchange/G99.10/categories/v1/provinces?page=2`. */
  readonly target: string
  /** Without any content or transfer coding. */
  readonly body: Uint8Array
}

/** Where a commitment to a payload stands, and in what words. */
const PLACES = {
  request: [['request', 'the request that the consumer sent']],
  response: [
    ['released', 'the answer that was released to the consumer'],
    ['received', 'the answer that the provider gave'],
  ],
} as const satisfies Record<Direction, readonly (readonly [field: string, words: string])[]>

/** Says whether a payload is what crossed: as proven, by the commitments of the records (record/commitment.ts). */
export function matchPayload(
  { direction, method, target, body }: KeptPayload,
  { records, keys }: ProvenRecords,
  report: PackReport,
): void {
  const [known] = keys
  if (keys.length !== 1 || !known)
    return report.wrong('payload', 'only a pack of one exchange, with its commitment keys, can tell')
  const k = Buffer.from(known[direction], 'hex')
  const asked = method ?? methodOf(records)
  if (asked === null) return report.wrong('payload', 'no record names a method: name one')
  const { commitment } = commit(k, asked, target, body)
  const there = PLACES[direction].filter(([field]) => records.some(record => isCommitted(record, field)))
  if (there.length === 0) return report.wrong('payload', `no record holds a commitment to a ${direction}`)
  const matching = there.filter(([field]) =>
    records.some(({ fields }) => fieldsOf(fields[field]).commitment === commitment),
  )
  if (matching.length > 0) return report.good('payload', `this is ${matching.map(([, words]) => words).join(' and ')}`)
  report.wrong(
    'payload',
    `this is not ${there.map(([, words]) => words).join(' or ')}, or method and target were others (${asked} ${target})`,
  )
}

const methodOf = (records: readonly StoredRecord[]): string | null =>
  records.map(record => textOf(record, 'method')).find(method => method !== null) ?? null

const isCommitted = ({ fields }: StoredRecord, field: string): boolean =>
  typeof fieldsOf(fields[field]).commitment === 'string'
