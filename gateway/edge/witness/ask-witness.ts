import { err, ok, type Result } from '../../domain/result.ts'
import type { Checkpoint } from '../../log/checkpoint.ts'
import { type Cosigned, verifyCosignature } from '../../log/cosignature.ts'
import type { Verifier } from '../../log/note-key.ts'
import { formatSubmission } from '../../log/witness.ts'
import { sameHash } from '../../log/hash.ts'
import { askOverHttp, type WitnessAnswer } from './witness-http.ts'
import { idOf } from './witness-directory.ts'

export interface AskedWitness {
  readonly name: string
  /** `add-checkpoint` lies below it; no slash at the end. */
  readonly url: string
  readonly verifier: Verifier
}

/** What a witness is asked to cosign. */
export interface Asked {
  readonly note: string
  readonly checkpoint: Checkpoint
  /** PROOF(from, D[size]) of RFC 6962 section 2.1.2, `from` not above the size. */
  readonly proofFrom: (from: number) => Promise<readonly Uint8Array[]>
}

/** What a witness holds; the root and its proof only where it shows its newest cosigned checkpoint. */
export interface Held {
  readonly size: number
  readonly root: Uint8Array | null
  readonly evidence: string | null
}

export type WitnessAnswered =
  | { readonly kind: 'cosigned'; readonly cosigned: Cosigned }
  /** It has seen another log than the one that it was asked about. */
  | { readonly kind: 'conflict'; readonly conflict: 'behind' | 'fork'; readonly held: Held }
  /** It says nothing about the log: out of reach, or it does not know the log or its key. */
  | { readonly kind: 'failed'; readonly why: string }

/** A clock further off than this is no word about the time: seconds. */
const CLOCK_TOLERANCE = 60

const failed = (why: string): WitnessAnswered => ({ kind: 'failed', why })

/**
 * Asks one witness for a cosignature (C2SP tlog-witness). `known`: the size that it cosigned last as far as we remember; where it
 * remembers another one it is asked once more from there. Never rejects for what the witness does.
 */
export async function askWitness(
  witness: AskedWitness,
  asked: Asked,
  known: number,
  trust: readonly string[],
  nowSeconds: number,
): Promise<WitnessAnswered> {
  const { size } = asked.checkpoint
  const first = Math.min(known, size)
  const answer = await submit(witness, asked, first, trust)
  if (!answer.ok) return failed(answer.error)
  const held = answer.value.status === 409 ? sizeIn(answer.value) : null
  if (held === null || held === first || held > size)
    return read(witness, asked, first, answer.value, trust, nowSeconds)
  const second = await submit(witness, asked, held, trust)
  return second.ok ? read(witness, asked, held, second.value, trust, nowSeconds) : failed(second.error)
}

async function submit(
  { url }: AskedWitness,
  { note, proofFrom }: Asked,
  from: number,
  trust: readonly string[],
): Promise<Result<WitnessAnswer>> {
  return askOverHttp(`${url}/add-checkpoint`, 'POST', formatSubmission(from, await proofFrom(from), note), trust)
}

async function read(
  witness: AskedWitness,
  asked: Asked,
  from: number,
  answer: WitnessAnswer,
  trust: readonly string[],
  nowSeconds: number,
): Promise<WitnessAnswered> {
  const { size } = asked.checkpoint
  switch (answer.status) {
    case 200: {
      const cosigned = verifyCosignature(`${asked.note}${answer.body}`, witness.verifier)
      if (!cosigned.ok) return failed(cosigned.error)
      const isOff = Math.abs(cosigned.value.time - nowSeconds) > CLOCK_TOLERANCE
      return isOff ? failed('its clock is more than a minute off') : { kind: 'cosigned', cosigned: cosigned.value }
    }
    case 409: {
      const held = sizeIn(answer)
      if (held === null) return failed('409 without a size')
      // Asked from a size that it does not hold any more: somebody else asked in between.
      if (held <= size && held !== from) return failed(`it went on to ${held} meanwhile`)
      return {
        kind: 'conflict',
        conflict: held > size ? 'behind' : 'fork',
        held: await heldBy(witness, asked, held, trust),
      }
    }
    case 422:
      return { kind: 'conflict', conflict: 'fork', held: await heldBy(witness, asked, from, trust) }
    case 403:
      return failed('it does not know the key of the control lane (403): tell its people the new one')
    case 404:
      return failed('it does not witness this log (404): tell its people the key of the control lane')
    default:
      return failed(`it answered ${answer.status}`)
  }
}

/** C2SP tlog-witness: "the tree size of the latest cosigned checkpoint in decimal, followed by a newline". */
function sizeIn({ body }: WitnessAnswer): number | null {
  const text = /^(0|[1-9]\d{0,15})\n$/.exec(body)?.[1]
  return text !== undefined && Number.isSafeInteger(Number(text)) ? Number(text) : null
}

/** The newest checkpoint that it cosigned, where it shows one that proves the size: beyond C2SP, so others may not. */
async function heldBy(witness: AskedWitness, asked: Asked, size: number, trust: readonly string[]): Promise<Held> {
  const shown = await fetchCosigned(witness, asked.checkpoint.origin, trust)
  if (!shown.ok || shown.value.checkpoint.size !== size) return { size, root: null, evidence: null }
  const { root } = shown.value.checkpoint
  // No proof of anything where it is the very tree that it was asked about.
  const isOurs = size === asked.checkpoint.size && sameHash(root, asked.checkpoint.root)
  return { size, root, evidence: isOurs ? null : shown.value.note }
}

/** `GET /log/<id>`: the newest checkpoint of a log that this witness cosigned, its cosignature checked. */
export async function fetchCosigned(
  { url, verifier }: AskedWitness,
  origin: string,
  trust: readonly string[],
): Promise<Result<Cosigned & { readonly note: string }>> {
  const answer = await askOverHttp(`${url}/log/${idOf(origin)}`, 'GET', null, trust)
  if (!answer.ok) return answer
  if (answer.value.status !== 200) return err(`it answered ${answer.value.status}`)
  const cosigned = verifyCosignature(answer.value.body, verifier)
  if (!cosigned.ok) return cosigned
  return cosigned.value.checkpoint.origin === origin
    ? ok({ ...cosigned.value, note: answer.value.body })
    : err('it showed the checkpoint of another log')
}
