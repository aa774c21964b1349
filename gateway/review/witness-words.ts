import type { Officer } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import { CONTROL_LANE } from '../domain/gateway-id.ts'
import { millisOf, parseInstant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { originOf } from '../log/checkpoint.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { verifyCosignature } from '../log/cosignature.ts'
import type { Verifier } from '../log/note-key.ts'
import { readLeaf, textOf } from '../record/read-leaf.ts'
import { judgeRecovery, type Recovered } from '../snapshot/recovery.ts'
import type { LogFinding } from './log-finding.ts'

/** A head of the control lane that a witness has cosigned. */
export interface WitnessedHead extends NamedHead {
  readonly witness: string
  /** By the witness's clock: seconds since 1970. */
  readonly time: number
}

/** A cosigned checkpoint that somebody brings: attacker-controlled. */
export interface ShownNote {
  readonly note: string
  /** For people: a file, a row, an address. */
  readonly where: string
  /** The witness that it is said to be of; null: any that is known. */
  readonly witness: string | null
}

export interface WitnessWords {
  readonly heads: readonly WitnessedHead[]
  readonly findings: readonly LogFinding[]
}

/** The heads that these notes prove, by the keys of known witnesses. The log has to have passed through each of them. */
export function readWitnessWords(notes: readonly ShownNote[], witnesses: readonly Verifier[]): WitnessWords {
  const heads: WitnessedHead[] = []
  const findings: LogFinding[] = []
  for (const { note, where, witness } of notes) {
    const known = witnesses.filter(({ name }) => witness === null || name === witness)
    const read = known.map(verifier => ({ name: verifier.name, cosigned: verifyCosignature(note, verifier) }))
    const good = read.flatMap(({ name, cosigned }) => (cosigned.ok ? [{ name, ...cosigned.value }] : []))
    for (const { name, checkpoint, time } of good) {
      if (checkpoint.origin !== originOf(CONTROL_LANE)) continue
      const { size, root } = checkpoint
      heads.push({ size, root, time, witness: name, where: `a checkpoint that ${name} has cosigned (${where})` })
    }
    if (good.length > 0 || known.length === 0) continue
    const why = read.flatMap(({ cosigned }) => (cosigned.ok ? [] : [cosigned.error]))[0] ?? 'no known witness'
    findings.push({ lane: CONTROL_LANE, kind: 'cosignature-invalid', detail: `${where}: ${why}` })
  }
  return { heads, findings }
}

/** Whose signatures on a recovery count. */
export interface RecoveryTrust {
  readonly genesis: Digest
  readonly officers: readonly Officer[]
}

/** A recovery that the control lane holds. */
export interface RecordedRecovery {
  readonly id: Digest
  readonly index: number
  readonly at: string
  readonly officers: readonly OfficerId[]
  readonly why: string
}

/** The recoveries that the control lane holds, as far as two officers have signed them. */
export class RecordedRecoveries {
  readonly #trust: RecoveryTrust | null
  readonly #found = new Map<Digest, { readonly recovered: Recovered; readonly index: number }>()

  /** Without trust no recovery is believed, and none excuses anything. */
  constructor(trust: RecoveryTrust | null) {
    this.#trust = trust
  }

  /** Attacker-controlled until its signatures hold. */
  take(index: number, leaf: Uint8Array): void {
    if (this.#trust === null) return
    const record = readLeaf(leaf)
    if (!record.ok || record.value.kind !== 'system' || textOf(record.value, 'event') !== 'recovered') return
    const { statement, signatures } = record.value.fields
    if (typeof statement !== 'string' || !Array.isArray(signatures)) return
    const texts = signatures.filter(signature => typeof signature === 'string')
    const judged = judgeRecovery(statement, texts, this.#trust.genesis, this.#trust.officers)
    if (judged.ok && !this.#found.has(judged.value.id))
      this.#found.set(judged.value.id, { recovered: judged.value, index })
  }

  get list(): readonly RecordedRecovery[] {
    return [...this.#found.values()].map(({ recovered: { id, recovery, officers }, index }) => ({
      id,
      index,
      at: recovery.at,
      officers,
      why: recovery.why,
    }))
  }

  /** Those heads that no recovery has given up: a witness held them before, and two officers signed that the log does not go through them. */
  stillHeld(heads: readonly WitnessedHead[]): readonly WitnessedHead[] {
    return heads.filter(head => ![...this.#found.values()].some(({ recovered }) => givesUp(recovered, head)))
  }
}

function givesUp({ recovery }: Recovered, { witness, size, time }: WitnessedHead): boolean {
  const at = parseInstant(recovery.at)
  if (!at.ok || time * 1000 > millisOf(at.value)) return false
  return recovery.conflicts.some(ended => ended.witness === witness && size <= ended.held.size)
}
