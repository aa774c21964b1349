import { beforeAll, describe, expect, it } from '@jest/globals'
import type { LaneName } from '../../../gateway/domain/gateway-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { formatReceipt } from '../../../gateway/exchange/receipt.ts'
import { hashLeaf } from '../../../gateway/log/hash.ts'
import type { LeafRow } from '../../../gateway/log/verify-lane.ts'
import { receiptsOfMissingLanes, ReceiptsOfLane } from '../../../gateway/review/compare-receipts.ts'
import { MAX_RECEIPT_BYTES, readReceipt } from '../../../gateway/review/read-receipt.ts'
import { laneWorld, leafNumber } from '../../support/lane-world.ts'

const EXCHANGE = '01936b7e-4a2c-7def-8123-000000000001'
const world = laneWorld()
const { name } = world
let lines: readonly string[]
let rows: readonly LeafRow[]

beforeAll(async () => {
  const lane = await world.open()
  const committed = await Promise.all([0, 1, 2, 3].map(n => lane.append(leafNumber(n))))
  await lane.close()
  lines = committed.map(of => formatReceipt({ ...of, lane: name }))
  rows = [0, 1, 2, 3].map(index => ({ index, leaf: leafNumber(index) }))
})

const keyOf = () => world.publicKey
const presented = (line: string, lane = name) => new ReceiptsOfLane(lane, keyOf, [must(readReceipt(line))])

describe('readReceipt', () => {
  it('reads what a gateway writes, with the id of its exchange or without', () => {
    const receipt = must(readReceipt(`${EXCHANGE} ${lines[2]}\r`))
    expect(receipt).toMatchObject({ exchange: EXCHANGE, lane: name, index: 2 })
    expect(Buffer.from(receipt.leafHash)).toEqual(Buffer.from(hashLeaf(leafNumber(2))))
    expect(must(readReceipt(lines[2] ?? '')).exchange).toBeNull()
  })

  it.each<[string, (line: string) => string]>([
    ['nothing', () => ''],
    ['a word', () => 'x'],
    ['a lane that is none', line => line.replace(/lane="[^"]+"/, 'lane="x/y"')],
    ['a leaf that is too short', line => line.replace(/leaf=:[^:]+:/, 'leaf=:AAAA:')],
    ['an index with a leading zero', line => line.replace('index=', 'index=0')],
    ['something behind it', line => `${line} x`],
    ['an id that is none', line => `${'0'.repeat(36)} ${line}`],
    ['more than a receipt takes', line => line + ' '.repeat(MAX_RECEIPT_BYTES)],
  ])('refuses %s', (_what, change) => {
    expect(readReceipt(change(lines[1] ?? '')).ok).toBe(false)
  })
})

describe('receipts against a lane', () => {
  it('whose record is there say nothing, and name the head that they carry', () => {
    const receipts = presented(lines[1] ?? '')
    expect([...receipts.unsigned, ...receipts.take(rows), ...receipts.lost()]).toEqual([])
    expect(receipts.named).toMatchObject([{ size: 4, where: 'a receipt of record 1' }])
  })

  it('whose record is another one', () => {
    const receipts = presented(`${EXCHANGE} ${lines[1]}`)
    const changed = rows.map(row => (row.index === 1 ? { index: 1, leaf: Buffer.from('x') } : row))
    expect([...receipts.take(changed)]).toMatchObject([{ kind: 'receipt-differs', index: 1, exchange: EXCHANGE }])
  })

  it('whose record has gone', () => {
    const receipts = presented(`${EXCHANGE} ${lines[3]}`)
    expect([...receipts.take(rows.slice(0, 3))]).toEqual([])
    expect([...receipts.lost()]).toMatchObject([{ kind: 'receipt-without-record', index: 3, exchange: EXCHANGE }])
  })

  it('where retention left the hash', () => {
    const receipts = presented(lines[0] ?? '')
    expect([...receipts.take([{ index: 0, leafHash: hashLeaf(leafNumber(0)) }]), ...receipts.lost()]).toEqual([])
  })

  it('that its key has not signed, or that do not cover their record, prove nothing', () => {
    const stranger = laneWorld()
    const forged = new ReceiptsOfLane(name, () => stranger.publicKey, [must(readReceipt(lines[0] ?? ''))])
    expect(forged.unsigned).toMatchObject([{ kind: 'receipt-unsigned', index: 0 }])
    const beyond = presented((lines[0] ?? '').replace('index=0', 'index=9'))
    expect(beyond.unsigned).toMatchObject([{ kind: 'receipt-unsigned', index: 9 }])
    for (const receipts of [forged, beyond]) expect([...receipts.named, ...receipts.lost()]).toEqual([])
  })

  it('of a lane that is not stored: lost where the control lane endorsed its key, else of no worth', () => {
    const receipt = must(readReceipt(lines[0] ?? ''))
    const raw = Buffer.from(world.signer.publicKey).toString('hex')
    const of = (endorsed: ReadonlyMap<LaneName, string>) => [...receiptsOfMissingLanes([receipt], endorsed)]
    expect(of(new Map([[name, raw]]))).toMatchObject([{ kind: 'receipt-without-record', index: 0 }])
    expect(of(new Map())).toMatchObject([{ kind: 'receipt-unsigned', index: 0 }])
  })
})
