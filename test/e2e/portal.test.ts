import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaneName } from '../../gateway/domain/gateway-id.ts'
import { verifyCheckpoint } from '../../gateway/log/checkpoint.ts'
import { hashLeaf } from '../../gateway/log/hash.ts'
import { publicKeyOf } from '../../gateway/log/note-key.ts'
import { verifyInclusion } from '../../gateway/log/proofs.ts'
import { readLog } from '../support/ledger/read-log.ts'
import { startWorld, type World } from '../support/world/world.ts'

interface Shown {
  readonly state: string
  readonly role: string
  readonly commitmentKeys: { readonly request: string; readonly response: string }
  readonly records: readonly {
    readonly lane: LaneName
    readonly index: number
    readonly leaf: string
    readonly proof: { readonly size: number; readonly hashes: readonly string[]; readonly checkpoint: string }
  }[]
}

const PATH = '/exchange/G99.10/categories/v1/provinces'
const PURPOSE = { 'exchange-purpose': 'reference-data' }

/** What a party can show of its own exchanges, and nobody else of theirs. */
describe('/exchanges and /catalogue', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('shows both parties state, records with proofs that verify, and the keys of the commitments', async () => {
    const records = world.client('G99.21.records')
    // More than one tile, so that proofs need stored and computed ones.
    for (let i = 0; i < 150; i++) await records.call({ path: PATH, headers: PURPOSE })
    const answered = await records.call({ path: PATH, headers: { ...PURPOSE, 'request-id': 'mine-1' } })
    const id = String(answered.headers['exchange-id'])
    for (const [name, role] of [
      ['G99.21.records', 'consumer'],
      ['G99.10.data-centre', 'provider'],
    ] as const) {
      const asked = await world.client(name).call({ path: `/exchanges/${id}` })
      expect(asked.status).toBe(200)
      const shown = asked.json as unknown as Shown
      expect(shown).toMatchObject({ state: 'answered', role })
      expect(shown.records).toHaveLength(2)
      const keys = await laneKeys(world)
      for (const { lane, index, leaf, proof } of shown.records) {
        const checkpoint = verifyCheckpoint(proof.checkpoint, lane, publicKeyOf(keys.get(lane) ?? Buffer.alloc(32)))
        if (!checkpoint.ok) throw new Error(checkpoint.error)
        const hash = hashLeaf(Buffer.from(leaf, 'base64'))
        const hashes = proof.hashes.map(text => Buffer.from(text, 'base64'))
        expect(verifyInclusion(index, proof.size, hash, hashes, checkpoint.value.root)).toBe(true)
      }
    }
    const byOwnId = await records.call({ path: '/exchanges?requestId=mine-1' })
    expect(byOwnId.json).toEqual({ requestId: 'mine-1', exchanges: [id] })
  })

  it('lets a party show that this answer is what crossed', async () => {
    const client = world.client('G99.21.records')
    const answered = await client.call({ path: PATH, headers: PURPOSE })
    const shown = (await client.call({ path: `/exchanges/${String(answered.headers['exchange-id'])}` }))
      .json as unknown as Shown
    const response = shown.records
      .map(({ leaf }) => JSON.parse(Buffer.from(leaf, 'base64').toString()) as Record<string, unknown>)
      .find(({ kind }) => kind === 'response')
    const framed = [Buffer.from(shown.commitmentKeys.response, 'hex'), 'GET', PATH, answered.text].map(part => {
      const bytes = Buffer.from(part as string)
      const length = Buffer.alloc(8)
      length.writeBigUInt64BE(BigInt(bytes.length))
      return Buffer.concat([length, bytes])
    })
    expect((response?.released as { commitment: string }).commitment).toBe(
      createHash('sha256').update(Buffer.concat(framed)).digest('hex'),
    )
  })

  it.each([
    ['another system', 'G99.23.training'],
    ['nobody, of an exchange that is none', null],
  ])('tells %s nothing', async (_who, name) => {
    const answered = await world
      .client('G99.21.records')
      .call({ path: PATH, headers: { ...PURPOSE, 'request-id': 'mine-2' } })
    const id = name === null ? '01a203a8-4558-75df-bc31-41941ed865a5' : String(answered.headers['exchange-id'])
    const asked = await world.client(name ?? 'G99.21.records').call({ path: `/exchanges/${id}` })
    expect({ status: asked.status, code: asked.json?.code }).toEqual({ status: 404, code: 'exchange-not-found' })
    if (name !== null)
      expect((await world.client(name).call({ path: '/exchanges?requestId=mine-2' })).json).toEqual({
        requestId: 'mine-2',
        exchanges: [],
      })
  })

  it('lists in the catalogue what a system may see, and no more', async () => {
    const { json } = await world.client('G99.23.training').call({ path: '/catalogue' })
    const { services } = json as unknown as { services: { id: string; agreements: { id: string }[] }[] }
    expect(services.flatMap(({ agreements }) => agreements.map(({ id }) => id))).toEqual(
      expect.arrayContaining(['training-categories']),
    )
    expect(JSON.stringify(json)).not.toContain('records-categories')
  })
})

async function laneKeys(world: World): Promise<ReadonlyMap<string, Buffer>> {
  const log = await readLog(world.database.adminUrl)
  const opened = log
    .filter(({ fields }) => fields.event === 'opened')
    .map(({ fields }) => [String(fields.opened), Buffer.from(String(fields.publicKey), 'hex')] as const)
  const control = createPublicKey(readFileSync(join(world.directory, 'var/keys/control-lane.key'), 'utf8'))
  return new Map([...opened, ['control', control.export({ type: 'spki', format: 'der' }).subarray(-32)]])
}
