import { createHash, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import type { GatewayKey } from '../../identity/signing-keys.ts'
import { KeysUnusable } from './keys-unusable.ts'
import { Pkcs11Connection, type Session, type TokenSettings } from './pkcs11-connection.ts'
import type { Attribute, Handle } from './pkcs11-library.ts'

type Algorithm = GatewayKey['algorithm']

/** PKCS#11 3.0, which pkcs11js does not name. */
const CKK_EC_EDWARDS = 0x40
const CKM_EC_EDWARDS_KEY_PAIR_GEN = 0x1055
const CKM_EDDSA = 0x1057

/** CKA_EC_PARAMS: the curve's object identifier. SPKI: what stands before the raw point (RFC 5480, RFC 8410). */
const CURVES = {
  ES256: {
    parameters: Buffer.from('06082a8648ce3d030107', 'hex'),
    spki: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
    pointBytes: 65,
  },
  Ed25519: {
    parameters: Buffer.from('06032b6570', 'hex'),
    spki: Buffer.from('302a300506032b6570032100', 'hex'),
    pointBytes: 32,
  },
} as const satisfies Record<Algorithm, unknown>

/** Of both algorithms: r and s of 32 bytes (RFC 7518 section 3.4), Ed25519 (RFC 8032). */
const SIGNATURE_BYTES = 64

/** Keys that live in a PKCS#11 token: made there, never to leave it. */
export class Pkcs11Token {
  readonly #connection: Pkcs11Connection

  private constructor(connection: Pkcs11Connection) {
    this.#connection = connection
  }

  /** Throws KeysUnusable naming the variable where library, token or PIN are not as they should. */
  static async open(settings: TokenSettings): Promise<Pkcs11Token> {
    return new Pkcs11Token(await Pkcs11Connection.open(settings))
  }

  close(): void {
    this.#connection.close()
  }

  /** Whether the token can make and use keys of this algorithm. */
  can(algorithm: Algorithm): boolean {
    const { module, slot, library } = this.#connection
    const known = new Set(module.C_GetMechanismList(slot))
    return (
      algorithm === 'Ed25519'
        ? [CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA]
        : [library.CKM_EC_KEY_PAIR_GEN, library.CKM_ECDSA]
    ).every(mechanism => known.has(mechanism))
  }

  /** Makes a key pair under a label of its own; what a crash left under it is replaced. Returns its public half. */
  make(label: string, algorithm: Algorithm): KeyObject {
    this.destroy(label)
    const pk = this.#connection.library
    const isEdwards = algorithm === 'Ed25519'
    const common: Attribute[] = [
      { type: pk.CKA_TOKEN, value: true },
      { type: pk.CKA_LABEL, value: label },
      { type: pk.CKA_ID, value: randomBytes(16) },
      { type: pk.CKA_KEY_TYPE, value: isEdwards ? CKK_EC_EDWARDS : pk.CKK_EC },
    ]
    this.#inSession(({ handle }) =>
      this.#connection.module.C_GenerateKeyPair(
        handle,
        { mechanism: isEdwards ? CKM_EC_EDWARDS_KEY_PAIR_GEN : pk.CKM_EC_KEY_PAIR_GEN },
        [
          ...common,
          { type: pk.CKA_VERIFY, value: true },
          { type: pk.CKA_EC_PARAMS, value: CURVES[algorithm].parameters },
        ],
        [
          ...common,
          { type: pk.CKA_PRIVATE, value: true },
          { type: pk.CKA_SENSITIVE, value: true },
          { type: pk.CKA_EXTRACTABLE, value: false },
          { type: pk.CKA_SIGN, value: true },
        ],
      ),
    )
    return this.publicKey(label, algorithm)
  }

  /** The public half of a key that the token holds. Throws KeysUnusable where it is not there, or where it could leave the token. */
  publicKey(label: string, algorithm: Algorithm): KeyObject {
    const pk = this.#connection.library
    return this.#inSession(({ handle }) => {
      const { module } = this.#connection
      const privateKey = this.#find(handle, label, pk.CKO_PRIVATE_KEY)
      const publicKey = this.#find(handle, label, pk.CKO_PUBLIC_KEY)
      if (privateKey === undefined || publicKey === undefined) throw this.#lacks(label)
      const [sensitive, extractable] = module
        .C_GetAttributeValue(handle, privateKey, [{ type: pk.CKA_SENSITIVE }, { type: pk.CKA_EXTRACTABLE }])
        .map(({ value }) => value[0] === 1)
      if (!sensitive || extractable)
        throw new KeysUnusable(`PKCS11_TOKEN: the token would give the key ${label} away: make another one`)
      const [point] = module.C_GetAttributeValue(handle, publicKey, [{ type: pk.CKA_EC_POINT }])
      // A DER OCTET STRING around the point; some tokens leave its two bytes out.
      const raw = (point?.value ?? Buffer.of()).subarray(-CURVES[algorithm].pointBytes)
      return createPublicKey({ key: Buffer.concat([CURVES[algorithm].spki, raw]), format: 'der', type: 'spki' })
    })
  }

  /** Nothing is left of the key behind this. */
  destroy(label: string): void {
    const { CKO_PRIVATE_KEY, CKO_PUBLIC_KEY } = this.#connection.library
    this.#inSession(({ handle }) => {
      for (const kind of [CKO_PRIVATE_KEY, CKO_PUBLIC_KEY])
        for (let object = this.#find(handle, label, kind); object; object = this.#find(handle, label, kind))
          this.#connection.module.C_DestroyObject(handle, object)
    })
    this.#connection.forget(label)
  }

  /** Signs off the main thread. Rejects where the token cannot be reached. */
  async sign(label: string, algorithm: Algorithm, data: Uint8Array): Promise<Uint8Array> {
    const session = await this.#connection.take()
    try {
      const input = this.#begin(session, label, algorithm, data)
      return checked(await this.#connection.module.C_SignAsync(session.handle, input, Buffer.alloc(SIGNATURE_BYTES)))
    } catch (thrown) {
      this.#connection.suspect()
      throw thrown
    } finally {
      this.#connection.give(session)
    }
  }

  /** Signs before it returns: for the control lane, whose checkpoint is part of the commit under way. */
  signNow(label: string, algorithm: Algorithm, data: Uint8Array): Uint8Array {
    return this.#inSession(session => {
      const input = this.#begin(session, label, algorithm, data)
      return checked(this.#connection.module.C_Sign(session.handle, input, Buffer.alloc(SIGNATURE_BYTES)))
    })
  }

  #inSession<T>(work: (session: Session) => T): T {
    const session = this.#connection.takeNow()
    try {
      return work(session)
    } catch (thrown) {
      this.#connection.suspect()
      throw thrown
    } finally {
      this.#connection.give(session)
    }
  }

  #begin(session: Session, label: string, algorithm: Algorithm, data: Uint8Array): Buffer {
    const { library, module } = this.#connection
    const key = session.keys.get(label) ?? this.#find(session.handle, label, library.CKO_PRIVATE_KEY)
    if (key === undefined) throw this.#lacks(label)
    session.keys.set(label, key)
    const mechanism = algorithm === 'Ed25519' ? CKM_EDDSA : library.CKM_ECDSA
    module.C_SignInit(session.handle, { mechanism }, key)
    // CKM_ECDSA signs a digest: not every token offers it together with SHA-256.
    return algorithm === 'Ed25519' ? Buffer.from(data) : createHash('sha256').update(data).digest()
  }

  #find(session: Handle, label: string, kind: number): Handle | undefined {
    const { library, module } = this.#connection
    module.C_FindObjectsInit(session, [
      { type: library.CKA_CLASS, value: kind },
      { type: library.CKA_LABEL, value: label },
    ])
    try {
      return module.C_FindObjects(session, 1)[0]
    } finally {
      module.C_FindObjectsFinal(session)
    }
  }

  #lacks = (label: string): KeysUnusable =>
    new KeysUnusable(`PKCS11_TOKEN: the token ${this.#connection.token} does not hold the key ${label}`)
}

function checked(signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_BYTES)
    throw new KeysUnusable(`the token made a signature of ${signature.length} bytes`)
  return signature
}
