import { sign, verify, type KeyObject } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { isKeyName, keyIdOf, rawPublicKey, type Verifier } from './note-key.ts'

/** What signs a lane; the key may live elsewhere (HSM). Signing is synchronous and may throw: then nothing is written. */
export interface Signer {
  readonly name: string
  /** 32 raw bytes (RFC 8032). */
  readonly publicKey: Uint8Array
  /** Ed25519 over the bytes: 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

export interface NoteSignature {
  readonly name: string
  readonly keyId: number
  /** What follows the key id; its form depends on the key's type. */
  readonly signature: Uint8Array
}

/** A note as read: nothing in it is proved. */
export interface SignedNote {
  /** With its final newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** C2SP signed-note: at least 16 signatures must be taken, and post-quantum ones reach nearly 5 kB. */
const MAX_NOTE_BYTES = 128 * 1024
const MAX_SIGNATURES = 64

const DASH = '\u2014 '
/** Control characters other than newline, and halves of surrogate pairs: no valid UTF-8 has those. */
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u

/** A Signer from a private Ed25519 KeyObject. Throws a TypeError for another key or a name no note can carry. */
export function ed25519Signer(name: string, privateKey: KeyObject): Signer {
  if (!isKeyName(name)) throw new TypeError('a key name has neither spaces nor plus')
  return { name, publicKey: rawPublicKey(privateKey), sign: bytes => sign(null, bytes, privateKey) }
}

/** The note of a text and its signatures. The text ends in a newline; TypeError if no note can hold it. */
export function signNote(text: string, signers: readonly Signer[]): string {
  if (!text.endsWith('\n') || FORBIDDEN.test(text)) throw new TypeError('a note is text without control characters')
  const bytes = Buffer.from(text)
  let note = `${text}\n`
  for (const signer of signers) {
    const keyId = Buffer.allocUnsafe(4)
    keyId.writeUInt32BE(keyIdOf(signer.name, signer.publicKey))
    note += `${DASH}${signer.name} ${encodeBase64(Buffer.concat([keyId, signer.sign(bytes)]))}\n`
  }
  return note
}

/** Reads an attacker-controlled note (C2SP signed-note, "Format") without checking any signature. */
export function parseNote(note: string | Uint8Array): Result<SignedNote> {
  if (note.length > MAX_NOTE_BYTES) return err('a note has at most 128 KiB')
  const content = typeof note === 'string' ? note : decodeUtf8(note)
  if (content === null || FORBIDDEN.test(content)) return err('a note is UTF-8 without control characters but newline')

  // The text is separated from the signatures by the last empty line in the note.
  const blank = content.lastIndexOf('\n\n')
  if (blank < 0 || !content.endsWith('\n')) return err('a note is text, an empty line, and signature lines')
  const lines = content.slice(blank + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) return err(`a note has at most ${MAX_SIGNATURES} signatures`)
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignature(line)
    if (!signature) return err('a signature line is a dash, a key name and base64')
    signatures.push(signature)
  }
  return ok({ text: content.slice(0, blank + 1), signatures })
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function parseSignature(line: string): NoteSignature | null {
  if (!line.startsWith(DASH)) return null
  const space = line.indexOf(' ', DASH.length)
  const name = line.slice(DASH.length, space)
  const bytes = space < 0 ? null : decodeBase64(line.slice(space + 1))
  if (!isKeyName(name) || !bytes || bytes.length <= 4) return null
  return { name, keyId: bytes.readUInt32BE(0), signature: bytes.subarray(4) }
}

/**
 * The text of a note that at least one of the keys has signed, and the names of those that did. Signatures of unknown
 * keys are ignored; one of a known key that does not verify refuses the whole note (C2SP signed-note, "Signatures").
 */
export function openNote(
  note: string | Uint8Array,
  verifiers: readonly Verifier[],
): Result<{ readonly text: string; readonly signedBy: readonly string[] }> {
  const parsed = parseNote(note)
  if (!parsed.ok) return parsed
  const bytes = Buffer.from(parsed.value.text)
  const signedBy = new Set<string>()
  for (const { name, keyId, signature } of parsed.value.signatures) {
    const known = verifiers.filter(verifier => verifier.name === name && verifier.keyId === keyId)
    if (known.length === 0) continue
    if (!known.some(({ key }) => verify(null, bytes, key, signature)))
      return err(`the signature of ${name} does not verify`)
    signedBy.add(name)
  }
  return signedBy.size > 0
    ? ok({ text: parsed.value.text, signedBy: [...signedBy] })
    : err('no known key has signed the note')
}
