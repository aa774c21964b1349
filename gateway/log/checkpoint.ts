import type { KeyObject } from 'node:crypto'
import type { LaneName } from '../domain/gateway-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { EMPTY_ROOT, HASH_BYTES } from './hash.ts'
import { verifierOf } from './note-key.ts'
import { openNote, parseNote, type Signer, signNote } from './signed-note.ts'

/** What a checkpoint states (C2SP tlog-checkpoint, "Note text"). */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** Root hash of RFC 6962 section 2.1, 32 bytes. */
  readonly root: Uint8Array
  /** Opaque lines after the root; ours have none. */
  readonly extensions: readonly string[]
}

/** The origin of a lane's checkpoints, and the name of its key: C2SP tlog-checkpoint wants them alike. */
export const originOf = (lane: LaneName): string => `lienthong/${lane}`

/** The text that is signed. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  return `${[origin, String(size), encodeBase64(root), ...extensions].join('\n')}\n`
}

/** Reads the text of a checkpoint, attacker-controlled. Strict: one statement has one spelling. */
export function parseCheckpointText(text: string): Result<Checkpoint> {
  const lines = text.split('\n')
  const [origin = '', size = '', encodedRoot = '', ...extensions] = lines.slice(0, -1)
  if (lines.length < 4 || lines.at(-1) !== '' || lines.slice(0, -1).includes(''))
    return err('a checkpoint is at least three lines, none empty')
  if (!/^(?:0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))
    return err('the size of a checkpoint is decimal, without leading zeroes, below 2^53')
  const root = decodeBase64(encodedRoot)
  if (root?.length !== HASH_BYTES) return err('the root of a checkpoint is the base64 of 32 bytes')
  return ok({ origin, size: Number(size), root, extensions })
}

/** Reads a signed checkpoint without checking its signatures: only for looking at. */
export function parseCheckpoint(note: string | Uint8Array): Result<Checkpoint> {
  const parsed = parseNote(note)
  return parsed.ok ? parseCheckpointText(parsed.value.text) : parsed
}

/**
 * The key whose signature a checkpoint of this many leaves must carry. A lane has one key; the control lane hands itself over to
 * a new one at some size, and beyond it the old key's word counts for nothing.
 */
export type KeyOfSize = (size: number) => KeyObject

/** What the lane's key of that size has signed, or why the note proves nothing. */
export function verifySizedCheckpoint(note: string | Uint8Array, lane: LaneName, keyOf: KeyOfSize): Result<Checkpoint> {
  const claimed = parseCheckpoint(note)
  return claimed.ok ? verifyCheckpoint(note, lane, keyOf(claimed.value.size)) : claimed
}

/** What the lane's own key has signed, or why the note proves nothing. The key is Ed25519 (a TypeError otherwise). */
export function verifyCheckpoint(note: string | Uint8Array, lane: LaneName, publicKey: KeyObject): Result<Checkpoint> {
  const origin = originOf(lane)
  const opened = openNote(note, [verifierOf(origin, publicKey)])
  if (!opened.ok) return opened
  const checkpoint = parseCheckpointText(opened.value.text)
  if (checkpoint.ok && checkpoint.value.origin !== origin) return err(`the checkpoint is not of ${origin}`)
  return checkpoint
}

/** Signs a lane's size and root. Throws a TypeError if the signer is not named after the lane's origin. */
export function makeCheckpoint(lane: LaneName, size: number, root: Uint8Array, signer: Signer): string {
  const origin = originOf(lane)
  if (signer.name !== origin) throw new TypeError(`the signer of ${lane} is named ${origin}`)
  return signNote(formatCheckpoint({ origin, size, root, extensions: [] }), [signer])
}

/** The checkpoint of a lane without leaves, with which its head row begins. */
export const initialCheckpoint = (lane: LaneName, signer: Signer): string => makeCheckpoint(lane, 0, EMPTY_ROOT, signer)
