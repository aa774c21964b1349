import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type LaneName, parseLaneName } from '../../gateway/domain/gateway-id.ts'
import { instantOfMillis } from '../../gateway/domain/instant.ts'
import { must } from '../../gateway/domain/result.ts'
import { initialCheckpoint, originOf } from '../../gateway/log/checkpoint.ts'
import type { Finding } from '../../gateway/log/finding.ts'
import { EMPTY_ROOT } from '../../gateway/log/hash.ts'
import type { Lane } from '../../gateway/log/lane.ts'
import type { Death, LaneOptions } from '../../gateway/log/lane-options.ts'
import { openLane } from '../../gateway/log/open-lane.ts'
import { ed25519Signer, type Signer } from '../../gateway/log/signed-note.ts'
import { type LaneVerification, verifyLane } from '../../gateway/log/verify-lane.ts'
import { FaultyLaneStore, KeptHeads } from './faulty-lane-store.ts'

/** One lane with its store, keeper and key, for the tests of the log. */
export interface LaneWorld {
  readonly name: LaneName
  readonly publicKey: KeyObject
  readonly signer: Signer
  readonly store: FaultyLaneStore
  readonly heads: KeptHeads
  readonly deaths: Death[]
  readonly options: LaneOptions
  open(changes?: Partial<LaneOptions>): Promise<Lane>
  /** What the operator's verifier finds in what the store kept. */
  verify(changes?: Partial<LaneVerification>): Promise<Finding[]>
}

const NOON = Date.UTC(2026, 10, 22, 12)

export function laneWorld(lane = 'gateway-1.0123456789abcdef'): LaneWorld {
  const name = must(parseLaneName(lane))
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const signer = ed25519Signer(originOf(name), privateKey)
  const store = new FaultyLaneStore(initialCheckpoint(name, signer), EMPTY_ROOT)
  const heads = new KeptHeads()
  const deaths: Death[] = []
  const options: LaneOptions = {
    name,
    signer,
    store,
    heads,
    clock: () => instantOfMillis(NOON),
    sleep: () => new Promise(resolve => setImmediate(resolve)),
    onDead: death => deaths.push(death),
  }
  return {
    name,
    publicKey,
    signer,
    store,
    heads,
    deaths,
    options,
    open: async changes => must(await openLane({ ...options, ...changes })),
    verify: changes =>
      findingsOf({
        lane: name,
        publicKey,
        head: store.head,
        leaves: store.rows(),
        readTile: store.readTile,
        kept: heads.all.slice(-1),
        ...changes,
      }),
  }
}

export async function findingsOf(verification: LaneVerification): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const finding of verifyLane(verification)) findings.push(finding)
  return findings
}

/** A leaf that differs from all others. */
export const leafNumber = (index: number): Uint8Array => Buffer.from(`{"v":1,"n":${index}}`)
