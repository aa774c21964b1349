import { createHash } from 'node:crypto'
import { CONTROL_LANE } from '../domain/gateway-id.ts'
import { originOf } from '../log/checkpoint.ts'
import { formatVerifierKey, publicKeyOf } from '../log/note-key.ts'
import { readLeaf, textOf } from '../record/read-leaf.ts'
import type { ControlLeaf, LaneKey, ShownLane } from '../review/log-source.ts'

const RAW_KEY = /^[0-9a-f]{64}$/

/** A lane in `/log/lanes`. `size` is that of its signed checkpoint. */
export const showLane = ({ name, state, publicKey, size }: ShownLane): Record<string, unknown> => ({
  name,
  origin: originOf(name),
  state,
  size,
  key: formatVerifierKey(originOf(name), publicKey),
})

/** A lane's key in `/log/keys`, with the record of the control lane that vouches for it. */
export const showLaneKey = ({ name, publicKey, endorsement }: LaneKey): Record<string, unknown> => ({
  lane: name,
  key: formatVerifierKey(originOf(name), publicKey),
  fingerprint: fingerprintOf(publicKey),
  endorsement: endorsement && showLeaf(endorsement),
})

/** What the control lane says of a key of its own. */
export function showControlKey({ index, leaf }: ControlLeaf): Record<string, unknown> {
  const record = readLeaf(leaf)
  const raw = record.ok ? (textOf(record.value, 'key') ?? '') : ''
  if (!record.ok || !RAW_KEY.test(raw)) throw new Error(`record ${index} of the control lane names no key`)
  const key = Buffer.from(raw, 'hex')
  return {
    event: textOf(record.value, 'event'),
    key: formatVerifierKey(originOf(CONTROL_LANE), key),
    fingerprint: fingerprintOf(key),
    ...showLeaf({ index, leaf }),
  }
}

const showLeaf = ({ index, leaf }: ControlLeaf) => ({ index, leaf: Buffer.from(leaf).toString('base64') })

/** SHA-256 of the public key (SPKI), hex: as `lienthong keys list` prints it. */
const fingerprintOf = (raw: Uint8Array): string =>
  createHash('sha256')
    .update(publicKeyOf(raw).export({ type: 'spki', format: 'der' }))
    .digest('hex')
