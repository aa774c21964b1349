import { type KeyObject, webcrypto } from 'node:crypto'
import { type KeyType, keyTypeOf, spkiOf } from './keys.ts'
import { Name, X509CertificateGenerator } from './peculiar.ts'
import { pemOf } from './pem.ts'
import type { Draft } from './draft.ts'

const ALGORITHM = {
  p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  ed25519: { name: 'Ed25519' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const satisfies Record<KeyType, object>

/** Signs with a key of any type. PEM. */
export async function signWithPeculiar(draft: Draft, signer: KeyObject): Promise<string> {
  const type = keyTypeOf(signer)
  if (type === null) throw new TypeError('an authority has a key of a known type')
  const pkcs8 = signer.export({ type: 'pkcs8', format: 'der' })
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM[type], false, ['sign'])
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: draft.serial,
      subject: new Name(draft.subject),
      issuer: new Name(draft.issuer),
      notBefore: draft.notBefore,
      notAfter: draft.notAfter,
      publicKey: spkiOf(draft.publicKey),
      signingKey,
      signingAlgorithm: ALGORITHM[type],
      extensions: [...draft.extensions],
    },
    webcrypto,
  )
  return pemOf('CERTIFICATE', new Uint8Array(certificate.rawData))
}
