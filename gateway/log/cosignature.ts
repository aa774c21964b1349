import { createHash, sign, verify, type KeyObject } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts'
import { isKeyName, publicKeyOf, rawPublicKey, type Verifier } from './note-key.ts'
import { parseNote } from './signed-note.ts'

/** C2SP tlog-cosignature: the type of an Ed25519 cosignature. */
const COSIGNATURE_V1 = 0x04
const KEY_BYTES = 32
const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

/** A witness's word on a checkpoint. */
export interface Cosigned {
  readonly checkpoint: Checkpoint
  /** When the witness had seen nothing larger, by its own clock: seconds since 1970. */
  readonly time: number
  /** Its signature line, with the newline. */
  readonly line: string
}

/** C2SP tlog-cosignature, "Format": `SHA-256(<name> || "\n" || 0x04 || 32-byte Ed25519 cosigner public key)[:4]`. */
const keyIdOf = (name: string, publicKey: Uint8Array): Buffer =>
  createHash('sha256')
    .update(`${name}\n`)
    .update(Uint8Array.of(COSIGNATURE_V1))
    .update(publicKey)
    .digest()
    .subarray(0, 4)

/** `name+keyid+base64(0x04 || key)`, the form in which logs are told a witness's key. Throws a TypeError for a key that is not Ed25519. */
export function formatCosignerKey(name: string, key: KeyObject): string {
  if (!isKeyName(name)) throw new TypeError('a key name has neither spaces nor plus')
  const raw = rawPublicKey(key)
  return `${name}+${keyIdOf(name, raw).toString('hex')}+${encodeBase64(Buffer.concat([Uint8Array.of(COSIGNATURE_V1), raw]))}`
}

/** Reads the key of a witness; the key id in it must be that of name and key. */
export function parseCosignerKey(text: string): Result<Verifier> {
  const [, name = '', id = '', encoded = ''] =
    (text.length <= 512 ? /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) : null) ?? []
  const bytes = decodeBase64(encoded)
  if (!isKeyName(name) || bytes?.[0] !== COSIGNATURE_V1 || bytes.length !== 1 + KEY_BYTES)
    return err('a witness key is written name+keyid+base64 of the byte 04 and an Ed25519 key')
  const raw = bytes.subarray(1)
  const keyId = keyIdOf(name, raw)
  if (keyId.toString('hex') !== id) return err('the key id is not that of the name and key')
  return ok({ name, keyId: keyId.readUInt32BE(0), key: publicKeyOf(raw) })
}

/** C2SP tlog-cosignature, "Ed25519 signed message": a header line, a time line, and the whole note body. */
const messageOf = (time: number | bigint, text: string): Buffer => Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)

/**
 * The signature line, with its newline, by which a witness says that at `time` (seconds since 1970) it had seen no larger tree than
 * that of this note text. Throws a TypeError for a key that is not Ed25519.
 */
export function makeCosignature(text: string, time: number, name: string, privateKey: KeyObject): string {
  const stamp = Buffer.alloc(TIME_BYTES)
  stamp.writeBigUInt64BE(BigInt(time))
  const signature = sign(null, messageOf(time, text), privateKey)
  return `\u2014 ${name} ${encodeBase64(Buffer.concat([keyIdOf(name, rawPublicKey(privateKey)), stamp, signature]))}\n`
}

/**
 * What this witness has cosigned, or why the note proves nothing about it. The note is attacker-controlled; signatures of others are
 * not looked at. Where the witness signed it more than once, the newest counts, and each has to hold.
 */
export function verifyCosignature(note: string | Uint8Array, { name, keyId, key }: Verifier): Result<Cosigned> {
  const parsed = parseNote(note)
  if (!parsed.ok) return parsed
  const { text, signatures } = parsed.value
  const checkpoint = parseCheckpointText(text)
  if (!checkpoint.ok) return checkpoint
  let newest: Cosigned | null = null
  for (const line of signatures) {
    if (line.name !== name || line.keyId !== keyId) continue
    const bytes = Buffer.from(line.signature)
    if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return err(`the cosignature of ${name} has another length`)
    const time = bytes.readBigUInt64BE(0)
    // "It MUST NOT exceed 2^63 - 1"; beyond 2^53 nobody's clock is right.
    if (time > BigInt(Number.MAX_SAFE_INTEGER)) return err(`the cosignature of ${name} has no time`)
    if (!verify(null, messageOf(time, text), key, bytes.subarray(TIME_BYTES)))
      return err(`the cosignature of ${name} does not verify`)
    if (newest !== null && newest.time >= Number(time)) continue
    const id = Buffer.alloc(4)
    id.writeUInt32BE(keyId)
    const encoded = encodeBase64(Buffer.concat([id, bytes]))
    newest = { checkpoint: checkpoint.value, time: Number(time), line: `\u2014 ${name} ${encoded}\n` }
  }
  return newest ? ok(newest) : err(`${name} has not cosigned this checkpoint`)
}
