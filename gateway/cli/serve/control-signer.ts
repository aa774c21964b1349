import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import type { ControlSigner } from '../../edge/keys/keyring.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readLeavesStream } from '../../edge/postgres/lane-reads.ts'
import { verifyCheckpoint } from '../../log/checkpoint.ts'
import type { StoredHead } from '../../log/lane-store.ts'
import { ControlKeyHistory, type KeyEpoch } from '../../record/control-keys.ts'

/** What the stored control lane says of its own keys. Not proven yet: whoever opens the lane checks its head and every leaf. */
export async function readEpochs(database: Database, { size }: StoredHead): Promise<readonly KeyEpoch[]> {
  const history = new ControlKeyHistory()
  for await (const { index, leaf } of readLeavesStream(database, CONTROL_LANE, 0, size)) history.take(index, leaf)
  return history.read().epochs
}

/** The key that has signed the lane's head, where it is at hand: by what the lane says of its keys, or by the head itself. */
export function signerOf(
  epochs: readonly KeyEpoch[],
  head: StoredHead,
  signers: readonly ControlSigner[],
): ControlSigner | undefined {
  const last = epochs.at(-1)
  return signers.find(signer =>
    last ? rawHex(signer) === last.raw : verifyCheckpoint(head.checkpoint, CONTROL_LANE, signer.key.publicKey).ok,
  )
}

/** A key as the control lane names it. */
export const rawHex = ({ signer }: ControlSigner): string => Buffer.from(signer.publicKey).toString('hex')
