import { describe, expect, it } from '@jest/globals'
import { type GatewayId, newLaneName } from '../../../gateway/domain/gateway-id.ts'
import type { Instant } from '../../../gateway/domain/instant.ts'
import type { Database } from '../../../gateway/edge/postgres/database.ts'
import { KeyRecords } from '../../../gateway/edge/postgres/key-records.ts'
import { type ControlEvent, controlLeaf } from '../../../gateway/record/control-record.ts'

const gateway = 'gateway-1' as GatewayId
const [lost, kept] = [newLaneName(gateway), newLaneName(gateway)]
const opening = (opened: string): Uint8Array => {
  const event = { kind: 'lane', event: 'opened', opened, publicKey: 'ab'.repeat(32) } as unknown as ControlEvent
  return controlLeaf(0 as Instant, event, { gateway, lane: newLaneName(gateway), software: 'test' })
}

describe('the records that keys are trusted by', () => {
  it('are those of the lane that is there, also once it was put back and goes on', async () => {
    let leaves = [opening(kept), opening(lost), opening(lost)]
    const query = async (asked: string | { values: readonly [string, number, number] }) => {
      if (typeof asked === 'string') return { rows: [{ size: leaves.length }] }
      const [, from, until] = asked.values
      return { rows: leaves.map((leaf, index) => ({ index, leaf })).slice(from, until) }
    }
    const records = new KeyRecords({ pool: { query } } as unknown as Database)
    expect([...(await records.endorsements()).keys()]).toEqual([kept, lost])
    const behind = newLaneName(gateway)
    leaves = [opening(kept), opening(behind)]
    expect([...(await records.endorsements()).keys()]).toEqual([kept, behind])
  })
})
