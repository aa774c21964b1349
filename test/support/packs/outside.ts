import { createHash, generateKeyPairSync } from 'node:crypto'
import { must } from '../../../gateway/domain/result.ts'
import { formatCosignerKey, makeCosignature, parseCosignerKey } from '../../../gateway/log/cosignature.ts'
import type { Verifier } from '../../../gateway/log/note-key.ts'
import { makeDevelopmentAuthority } from '../../../gateway/pki/timestamp-authority.ts'
import { makeStampResponse } from '../../../gateway/pki/timestamp-issue.ts'
import { verifyStampResponse } from '../../../gateway/pki/timestamp-verify.ts'

/** A witness and a time authority of a test's own, with real keys. */
export interface Outsiders {
  readonly witnessKey: string
  readonly witness: Verifier
  /** PEM. */
  readonly authority: string
  /** The witness's line behind a signed note. */
  cosign(note: string): string
  /** DER. */
  stamp(note: string): Buffer
}

export async function makeOutsiders(now = new Date()): Promise<Outsiders> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const witnessKey = formatCosignerKey('witness.example/w1', publicKey)
  const [before, behind] = [new Date(now.getTime() - 3_600_000), new Date(now.getTime() + 86_400_000)]
  const { root, certificate, key } = await makeDevelopmentAuthority(before, behind)
  return {
    witnessKey,
    witness: must(parseCosignerKey(witnessKey)),
    authority: root,
    cosign: note =>
      makeCosignature(
        note.slice(0, note.lastIndexOf('\n\n') + 1),
        Math.floor(now.getTime() / 1000),
        'witness.example/w1',
        privateKey,
      ),
    stamp(note) {
      const question = { digest: createHash('sha256').update(note).digest(), nonce: '7b' }
      const response = makeStampResponse(question, { certificate, key, at: now, serial: '2a' })
      return must(verifyStampResponse(response, question as never, [root])).token
    },
  }
}
