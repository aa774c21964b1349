/** C2SP tlog-witness: what a submission is, and how a witness judges it. Pure: keeping what was cosigned is the edge's. */
import { err, ok, type Result } from '../domain/result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts'
import { EMPTY_ROOT, HASH_BYTES, sameHash } from './hash.ts'
import type { Verifier } from './note-key.ts'
import { verifyConsistency } from './proofs.ts'
import { openNote, parseNote } from './signed-note.ts'

/** "The client MUST NOT send more than 63 consistency proof lines." */
const MAX_PROOF_LINES = 63

/** The body of add-checkpoint, as read: nothing in it is proved. */
export interface Submission {
  readonly oldSize: number
  readonly proof: readonly Uint8Array[]
  /** The signed note as it came. */
  readonly note: string
  readonly checkpoint: Checkpoint
}

/** How far a witness has seen a log. */
export interface WitnessedHead {
  readonly size: number
  readonly root: Uint8Array
}

/** The head of a log of which nothing was cosigned yet. */
export const NOTHING_WITNESSED: WitnessedHead = { size: 0, root: EMPTY_ROOT }

/** A log as a witness knows it. */
export interface WitnessedLog {
  /** All named after the log's origin; more than one where its key rotates. */
  readonly keys: readonly Verifier[]
  readonly head: WitnessedHead
}

/** What the witness answers; `cosign`: keep this head first, then sign. */
export type Verdict =
  | {
      readonly kind: 'cosign'
      readonly head: WitnessedHead
      readonly text: string
      /** The note with the log's own signatures alone: what others put behind it is not handed on. */
      readonly note: string
    }
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 404 | 422; readonly why: string }

/** The body of an add-checkpoint request. `note` is a signed checkpoint, `proof` at most 63 hashes. */
export const formatSubmission = (oldSize: number, proof: readonly Uint8Array[], note: string): string =>
  `old ${oldSize}\n${proof.map(hash => `${encodeBase64(hash)}\n`).join('')}\n${note}`

/** Reads the attacker-controlled body of an add-checkpoint request. Strict: one statement has one spelling. */
export function parseSubmission(body: Uint8Array): Result<Submission> {
  let content: string
  try {
    content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return err('a request is UTF-8')
  }
  const end = content.indexOf('\n\n')
  if (end < 0) return err('a request is an old size, a proof, an empty line and a checkpoint')
  const [first = '', ...lines] = content.slice(0, end).split('\n')
  const oldSize = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1]
  if (oldSize === undefined || !Number.isSafeInteger(Number(oldSize)))
    return err('the first line is the word old and a size without leading zeroes')
  if (lines.length > MAX_PROOF_LINES) return err(`a proof has at most ${MAX_PROOF_LINES} lines`)
  const proof: Uint8Array[] = []
  for (const line of lines) {
    const hash = decodeBase64(line)
    if (hash?.length !== HASH_BYTES) return err('each line of the proof is the base64 of 32 bytes')
    proof.push(hash)
  }
  const note = content.slice(end + 2)
  const parsed = parseNote(note)
  if (!parsed.ok) return parsed
  const checkpoint = parseCheckpointText(parsed.value.text)
  return checkpoint.ok ? ok({ oldSize: Number(oldSize), proof, note, checkpoint: checkpoint.value }) : checkpoint
}

const refuse = (status: 400 | 403 | 404 | 422, why: string): Verdict => ({ kind: 'refuse', status, why })

/**
 * Judges a submission by what the witness knows of its log (null: unknown origin), in the order of C2SP tlog-witness,
 * "add-checkpoint". Between the judgement and the keeping of the new head nothing else of this log may be judged.
 */
export function judgeSubmission({ oldSize, proof, note, checkpoint }: Submission, log: WitnessedLog | null): Verdict {
  const { origin, size, root } = checkpoint
  // "If the checkpoint origin is unknown, the witness MUST respond with a 404"
  if (log === null) return refuse(404, 'this origin is not witnessed here')
  // "MUST ignore signatures from unknown keys"; "If none of the signatures verify against a trusted public key ... 403"
  const opened = openNote(
    note,
    log.keys.filter(({ name }) => name === origin),
  )
  if (!opened.ok) return refuse(403, opened.error)
  // "The old size MUST be equal to or lower than the checkpoint size. Otherwise ... 400"
  if (oldSize > size) return refuse(400, 'the old size is above that of the checkpoint')
  // "MUST check that the old size matches the size of the latest checkpoint it cosigned ... 409"
  if (oldSize !== log.head.size) return { kind: 'conflict', size: log.head.size }
  // "If the old size matches the checkpoint size, the witness MUST check that the root hashes are also identical ... 409"
  if (oldSize === size && !sameHash(root, log.head.root)) return { kind: 'conflict', size: log.head.size }
  // "If the Merkle Consistency Proof doesn't verify ... 422"; "The proof MUST be empty if the old size is zero."
  if (!verifyConsistency(oldSize, size, log.head.root, root, proof))
    return refuse(422, 'the proof does not lead from what was cosigned to this checkpoint')
  const { text } = opened.value
  const own = note
    .slice(text.length + 1)
    .split('\n')
    .filter(line => line.startsWith(`\u2014 ${origin} `))
  return { kind: 'cosign', head: { size, root }, text, note: `${text}\n${own.map(line => `${line}\n`).join('')}` }
}
