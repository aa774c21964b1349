import { type KeyObject, X509Certificate } from 'node:crypto'
import type { KnownKey } from '../../control/key-book.ts'
import { bindingOf } from '../../domain/binding.ts'
import type { Keyring } from '../../edge/keys/keyring.ts'
import { rawPublicKey } from '../../log/note-key.ts'

/** Every key of the gateway, as the control lane tells of them: signing keys, the evidence key and the key of its certificate. */
export function knownKeys(keys: Keyring, certificate: string): readonly KnownKey[] {
  return [
    ...keys.inventory().map(({ use, id, algorithm, place, publicKey, state }) => ({
      use,
      key: use === 'control-lane' ? Buffer.from(rawPublicKey(publicKey)).toString('hex') : id,
      algorithm,
      place,
      publicKey: spkiOf(publicKey).toString('base64'),
      state,
    })),
    {
      use: 'evidence',
      key: keys.evidenceFingerprint,
      algorithm: 'HMAC-SHA-256',
      place: 'file',
      state: 'current',
    },
    tlsKey(certificate),
  ]
}

function tlsKey(certificate: string): KnownKey {
  const publicKey = new X509Certificate(certificate).publicKey
  const spki = spkiOf(publicKey)
  return {
    use: 'gateway-tls',
    key: bindingOf(spki),
    algorithm: nameOf(publicKey),
    place: 'file',
    publicKey: spki.toString('base64'),
    state: 'current',
  }
}

/** `RSA 2048`, `EC prime256v1`, `ed25519`. */
export function nameOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): string {
  if (asymmetricKeyType === 'rsa') return `RSA ${details?.modulusLength ?? '?'}`
  return asymmetricKeyType === 'ec' ? `EC ${details?.namedCurve ?? '?'}` : (asymmetricKeyType ?? 'unknown')
}

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
