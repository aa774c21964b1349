import { generateKeyPairSync } from 'node:crypto'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import { makeCheckpoint, originOf } from '../../../gateway/log/checkpoint.ts'
import { Frontier } from '../../../gateway/log/frontier.ts'
import { hashLeaf, subtreeRoot } from '../../../gateway/log/hash.ts'
import { formatVerifierKey } from '../../../gateway/log/note-key.ts'
import { consistencyProof } from '../../../gateway/log/proofs.ts'
import { ed25519Signer } from '../../../gateway/log/signed-note.ts'
import { formatSubmission } from '../../../gateway/log/witness.ts'

export const ORIGIN = originOf(CONTROL_LANE)
export const newSigner = () => ed25519Signer(ORIGIN, generateKeyPairSync('ed25519').privateKey)

/** A log of so many leaves under one key; behind the first `shared` of them its history is another one. */
export class TestLog {
  readonly signer: ReturnType<typeof newSigner>
  readonly #hashes: readonly Uint8Array[]

  constructor(size: number, shared = size, signer = newSigner()) {
    this.signer = signer
    this.#hashes = Array.from({ length: size }, (_, i) =>
      hashLeaf(Buffer.from(`${i < shared ? 'leaf' : 'other'} ${i}`)),
    )
  }

  get verifierKey(): string {
    return formatVerifierKey(ORIGIN, this.signer.publicKey)
  }

  head(size: number): { size: number; root: Uint8Array } {
    return { size, root: Frontier.EMPTY.append(this.#hashes.slice(0, size)).frontier.root }
  }

  note(size: number, signer = this.signer): string {
    return makeCheckpoint(CONTROL_LANE, size, this.head(size).root, signer)
  }

  proof(from: number, to: number): Promise<readonly Uint8Array[]> {
    return consistencyProof(from, to, (level, index) => {
      const run = this.#hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)
      return subtreeRoot(Buffer.concat(run), 0, run.length)
    })
  }

  /** The body of add-checkpoint. */
  async submission(from: number, to: number): Promise<string> {
    return formatSubmission(from, await this.proof(from, to), this.note(to))
  }
}
