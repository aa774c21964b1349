import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What a test changes of an honest authenticator, or of an honest browser. */
export interface Mischief {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  /** 0x01 user present, 0x04 user verified. */
  readonly flags?: number
  readonly counter?: number
}

/** A WebAuthn authenticator with a browser around it, after Web Authentication Level 2 sections 5.8.1, 6.1 and 6.5. */
export interface SoftwareAuthenticator {
  readonly id: string
  /** SubjectPublicKeyInfo. */
  readonly publicKey: string
  /** What navigator.credentials.get() gives for this challenge. */
  assert(
    challenge: string,
    mischief?: Mischief,
  ): { id: string; authenticatorData: string; clientDataJSON: string; signature: string }
  /** What navigator.credentials.create() gives, in its JSON form, without attestation. */
  register(challenge: string, mischief?: Mischief): Record<string, unknown>
}

const PRESENT_AND_VERIFIED = 0x05
const ATTESTED = 0x40

export function softwareAuthenticator(
  origin: string,
  kind: 'p256' | 'rsa' = 'p256',
  key: KeyObject = kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
): SoftwareAuthenticator {
  const credential = randomBytes(32)
  const publicKey = createPublicKey(key)
  const clientData = (type: string, challenge: string, m: Mischief): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: m.type ?? type,
        challenge: m.challenge ?? challenge,
        origin: m.origin ?? origin,
        crossOrigin: m.crossOrigin ?? false,
      }),
    )
  const data = (m: Mischief, more = 0): Buffer => {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(m.counter ?? 0)
    const flags = (m.flags ?? PRESENT_AND_VERIFIED) | more
    return Buffer.concat([sha256(Buffer.from(m.rpId ?? new URL(origin).hostname)), Buffer.from([flags]), counter])
  }
  return {
    id: credential.toString('base64url'),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    assert(challenge, mischief = {}) {
      const client = clientData('webauthn.get', challenge, mischief)
      const authenticatorData = data(mischief)
      return {
        id: credential.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        clientDataJSON: client.toString('base64url'),
        signature: sign('sha256', Buffer.concat([authenticatorData, sha256(client)]), key).toString('base64url'),
      }
    },
    register(challenge, mischief = {}) {
      const id = credential.toString('base64url')
      const length = Buffer.from([0, credential.length])
      const authData = Buffer.concat([
        ...[data(mischief, ATTESTED), Buffer.alloc(16), length, credential, coseOf(publicKey)],
      ])
      const attestationObject = cbor(
        new Map<unknown, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData],
        ]),
      )
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', challenge, mischief).toString('base64url'),
          attestationObject: attestationObject.toString('base64url'),
        },
      }
    },
  }
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** COSE_Key (RFC 9053 section 7.1.1, RFC 8230 section 4): kty, alg, then the key. */
export function coseOf(key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' })
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
  return cbor(
    new Map<unknown, unknown>(
      jwk.kty === 'EC'
        ? [
            [1, 2],
            [3, -7],
            [-1, 1],
            [-2, bytes(jwk.x)],
            [-3, bytes(jwk.y)],
          ]
        : [
            [1, 3],
            [3, -257],
            [-1, bytes(jwk.n)],
            [-2, bytes(jwk.e)],
          ],
    ),
  )
}

/** As much of CBOR (RFC 8949 section 3) as an attestation needs: small integers, texts, bytes, maps. */
function cbor(value: unknown): Buffer {
  const head = (major: number, n: number): Buffer =>
    n < 24
      ? Buffer.from([(major << 5) | n])
      : n < 256
        ? Buffer.from([(major << 5) | 24, n])
        : Buffer.from([(major << 5) | 25, n >> 8, n & 0xff])
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([k, v]) => [cbor(k), cbor(v)])])
  const bytes = value as Buffer
  return Buffer.concat([head(2, bytes.length), bytes])
}
