import { generateKeyPairSync } from 'node:crypto'
import { ControlKeeper } from '../gateway/control/keeper.ts'
import { CONTROL_LANE, type LaneName, newLaneName, parseGatewayId } from '../gateway/domain/gateway-id.ts'
import { type Instant, instantOfMillis } from '../gateway/domain/instant.ts'
import { must } from '../gateway/domain/result.ts'
import type { KeptHeads } from '../gateway/edge/keys/kept-heads.ts'
import type { Database } from '../gateway/edge/postgres/database.ts'
import { followRecords } from '../gateway/edge/postgres/follow-records.ts'
import { isOwnerGone } from '../gateway/edge/postgres/lane-hold.ts'
import { readLeaves, readLeavesStream } from '../gateway/edge/postgres/lane-reads.ts'
import { PostgresLaneStore } from '../gateway/edge/postgres/lane-store.ts'
import { insertLane, listLanes, setLaneState } from '../gateway/edge/postgres/lanes.ts'
import { initialCheckpoint, originOf } from '../gateway/log/checkpoint.ts'
import { EMPTY_ROOT } from '../gateway/log/hash.ts'
import type { Lane } from '../gateway/log/lane.ts'
import { openLane } from '../gateway/log/open-lane.ts'
import { ed25519Signer, type Signer } from '../gateway/log/signed-note.ts'
import { controlLeaf } from '../gateway/record/control-record.ts'
import { columnsOf } from '../gateway/record/search-columns.ts'

const GATEWAY = must(parseGatewayId('gateway-1'))
/** Waiting at a time: ten full batches, so that the next one is always ready. */
const IN_FLIGHT = 2_000
/** Records of a lane that one step copies into the search index. */
const STEP = 2_000

export interface Growth {
  readonly database: Database
  readonly heads: KeptHeads
  /** One generator of leaves a data lane; the lanes grow side by side. */
  readonly lanes: readonly Iterable<Uint8Array>[]
  /** Records of lanes' heads that the control lane gets, as it would over the days. */
  readonly controlRecords: number
  readonly onRecords?: (count: number) => void
}

export interface GrownLog {
  /** PEM, public. */
  readonly controlKey: string
  readonly records: number
}

/**
 * A log as gateways leave it: every leaf through a real lane, with batches, tiles, signed and kept heads; lanes endorsed and their
 * heads recorded in a control lane; the search index filled.
 */
export async function growLog({ database, heads, lanes, controlRecords, onRecords }: Growth): Promise<GrownLog> {
  const store = new PostgresLaneStore(database)
  const clock = (): Instant => instantOfMillis(Date.now())
  const open = async (name: LaneName, kind: 'data' | 'control') => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const signer = ed25519Signer(originOf(name), privateKey)
    await insertLane(database, rowOf(name, kind, signer))
    return { publicKey, open: async () => must(await openLane({ name, signer, store, heads, clock })) }
  }

  const control = await open(CONTROL_LANE, 'control')
  const controlLane = await control.open()
  const writer = { gateway: GATEWAY, lane: CONTROL_LANE, software: 'lienthong/bench' }
  const keeper = await ControlKeeper.start({
    log: {
      append: async leaves => void (await Promise.all(leaves.map(leaf => controlLane.append(leaf)))),
      async *read() {
        for await (const { leaf } of readLeavesStream(database, CONTROL_LANE, 0, controlLane.size)) yield leaf
      },
    },
    register: {
      list: async states => (await listLanes(database, states)).filter(({ kind }) => kind === 'data'),
      setState: (lane, from, to) => setLaneState(database, lane, from, to),
      isOwnerGone: lane => isOwnerGone(database, lane),
      readLeaves: (lane, from, to) => readLeaves(database, lane, from, to),
    },
    writer,
    now: clock,
    onDamage: (lane, detail) => {
      throw new Error(`${lane}: ${detail}`)
    },
    onSealed: () => undefined,
  })
  const made = await Promise.all(lanes.map(() => open(newLaneName(GATEWAY), 'data')))
  await keeper.endorseLanes()
  const counts = await Promise.all(made.map(async (lane, n) => fill(await lane.open(), lanes[n] ?? [], onRecords)))
  await keeper.recordHeads()
  const head = { lane: newLaneName(GATEWAY), size: 0, root: Buffer.from(EMPTY_ROOT).toString('hex') }
  await fill(
    controlLane,
    repeat(controlRecords, () => controlLeaf(clock(), { kind: 'heads', heads: [head] }, writer)),
  )

  for (let more = true; more; ) {
    const followed = await followRecords(database, leaf => must(columnsOf(leaf)), STEP)
    for (const { error } of followed.failed) throw error
    ;({ more } = followed)
  }
  await store.close()
  return {
    controlKey: control.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    records: counts.reduce((sum, count) => sum + count, 0) + controlLane.size,
  }
}

const rowOf = (name: LaneName, kind: 'data' | 'control', signer: Signer) => ({
  name,
  gateway: GATEWAY,
  kind,
  state: kind === 'control' ? ('open' as const) : ('opening' as const),
  publicKey: signer.publicKey,
  root: EMPTY_ROOT,
  checkpoint: initialCheckpoint(name, signer),
})

async function fill(lane: Lane, leaves: Iterable<Uint8Array>, onRecords?: (count: number) => void): Promise<number> {
  let some: Promise<unknown>[] = []
  for (const leaf of leaves) {
    some.push(lane.append(leaf))
    if (some.length < IN_FLIGHT) continue
    await Promise.all(some)
    onRecords?.(some.length)
    some = []
  }
  await Promise.all(some)
  await lane.close()
  return lane.size
}

function* repeat(times: number, make: () => Uint8Array): Generator<Uint8Array> {
  for (let n = 0; n < times; n++) yield make()
}
