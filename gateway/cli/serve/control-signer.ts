import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import type { ControlSigner } from '../../edge/keys/keyring.ts'
import { verifyCheckpoint } from '../../log/checkpoint.ts'
import type { StoredHead } from '../../log/lane-store.ts'
import type { KeyEpoch } from '../../record/control-keys.ts'

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
