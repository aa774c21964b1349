import { beforeEach, describe, expect, it } from '@jest/globals'
import { generateKeyPairSync } from 'node:crypto'
import { type GatewayId, newLaneName } from '../../../gateway/domain/gateway-id.ts'
import type { Database } from '../../../gateway/edge/postgres/database.ts'
import { logSource } from '../../../gateway/edge/postgres/log-source.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'

const LANES = 200
const { privateKey } = generateKeyPairSync('ed25519')

function row(id: number) {
  const name = newLaneName('gateway-1' as GatewayId)
  const signer = ed25519Signer(originOf(name), privateKey)
  const root = Buffer.alloc(32, id)
  const checkpoint = makeCheckpoint(name, id, root, signer)
  return { id, name, state: 'sealed', publicKey: signer.publicKey, size: id, root, checkpoint }
}

type Row = ReturnType<typeof row>

/** The table is a list; the signatures are real. */
describe('the heads of lanes that are shown', () => {
  let rows: Row[]
  beforeEach(() => {
    rows = Array.from({ length: LANES }, (_, id) => row(id + 1))
  })

  const source = () => logSource({ pool: { query: async () => ({ rows }) } } as unknown as Database)

  it('are verified once while they stand: a page of them, over and over, does not keep exchanges waiting', async () => {
    const log = source()
    const took = async (): Promise<number> => {
      const begin = performance.now()
      expect((await log.lanes(null, LANES)).entries).toHaveLength(LANES)
      return performance.now() - begin
    }
    const first = await took()
    expect(Math.min(await took(), await took(), await took())).toBeLessThan(first / 3)
  })

  it('let others have their turn while they are verified', async () => {
    let others = 0
    const other = setInterval(() => others++, 0)
    await source().lanes(null, LANES)
    clearInterval(other)
    expect(others).toBeGreaterThan(3)
  })

  it.each<[string, (before: Row) => Partial<Row>]>([
    ['another size', ({ size }) => ({ size: size + 1 })],
    ['another root', () => ({ root: Buffer.alloc(32, 0xff) })],
    ['another key', () => ({ publicKey: Buffer.alloc(32, 1) })],
    ['another checkpoint', ({ checkpoint }) => ({ checkpoint: checkpoint.replace('\n', '\n1') })],
  ])('are not shown with %s, though the row verified before', async (_what, change) => {
    const log = source()
    await log.lanes(null, LANES)
    rows = rows.map((each, index) => (index === 7 ? { ...each, ...change(each) } : each))
    await expect(log.lanes(null, LANES)).rejects.toThrow('is not shown')
  })
})
