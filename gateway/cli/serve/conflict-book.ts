import type { Officer } from '../../configuration/objects.ts'
import { type Digest, digestOf } from '../../domain/digest.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import type { WitnessEvent } from '../../edge/postgres/witness-events.ts'
import type { WitnessMemory } from '../../edge/witness/witness-memory.ts'
import {
  judgeRecovery,
  parseConflict,
  parseRecovery,
  type Recovered,
  type WitnessConflict,
} from '../../snapshot/recovery.ts'
import { describeConflict } from './describe-conflict.ts'

export interface ConflictBookOptions {
  readonly memory: WitnessMemory
  /** Digest of the pinned genesis. */
  readonly genesis: () => Digest | null
  /** Of the revision that is obeyed: whose signatures end a conflict. */
  readonly officers: () => readonly Officer[]
  readonly log: OperationsLog
}

/** A conflict that nobody has recovered yet. */
export interface OpenConflict {
  readonly id: Digest
  readonly text: string
  readonly conflict: WitnessConflict
}

/** Which conflicts stop exchanges, by what the database tells and this machine remembers. Neither can end one: two officers do. */
export class ConflictBook {
  readonly #options: ConflictBookOptions
  readonly #told = new Set<Digest>()
  readonly #judged = new Map<Digest, { readonly officers: readonly Officer[]; readonly result: Recovered | null }>()
  #open: readonly OpenConflict[] = []
  #recovered: readonly Recovered[] = []
  #events: readonly WitnessEvent[] = []

  constructor(options: ConflictBookOptions) {
    this.#options = options
    this.take([])
  }

  get open(): readonly OpenConflict[] {
    return this.#open
  }

  /** Recoveries whose signatures held here. */
  get recovered(): readonly Recovered[] {
    return this.#recovered
  }

  /** What the table says became of conflicts. */
  get events(): readonly WitnessEvent[] {
    return this.#events
  }

  /** From now on, whatever the database says. */
  note(text: string): void {
    this.#options.memory.add({ conflicts: [text], recoveries: [] })
    this.take(this.#events)
  }

  /** What is open, from the database and from memory together: a conflict in either counts, and so does a recovery that verifies. */
  take(events: readonly WitnessEvent[]): void {
    const { memory, genesis, log } = this.#options
    this.#events = events
    const pinned = genesis()
    const officers = this.#options.officers()
    const recovered = new Map<Digest, Recovered>()
    for (const text of memory.known.recoveries) {
      const recovery = parseRecovery(text)
      if (recovery.ok)
        recovered.set(digestOf(text), { id: digestOf(text), recovery: recovery.value, officers: [], signatures: [] })
    }
    for (const { kind, subject, body } of events) {
      if (kind !== 'recovery' || digestOf(body) !== subject || pinned === null) continue
      const signatures = events.filter(event => event.kind === 'signature' && event.subject === subject)
      const judged = this.#judgeOnce(
        body,
        signatures.map(signature => signature.body),
        pinned,
        officers,
      )
      if (!judged) continue
      if (!recovered.has(subject))
        log.warn('two officers have recovered the log behind a witness conflict', {
          recovery: subject,
          officers: judged.officers,
        })
      memory.add({ conflicts: [], recoveries: [body] })
      recovered.set(subject, judged)
    }
    const stored = events.filter(({ kind, subject, body }) => kind === 'conflict' && digestOf(body) === subject)
    const texts = new Set([...memory.known.conflicts, ...stored.map(({ body }) => body)])
    const ended = new Set([...recovered.values()].flatMap(({ recovery }) => recovery.conflicts.map(({ id }) => id)))
    const open: OpenConflict[] = []
    for (const text of texts) {
      const conflict = parseConflict(text)
      if (conflict.ok && !ended.has(digestOf(text))) open.push({ id: digestOf(text), text, conflict: conflict.value })
    }
    memory.add({ conflicts: open.map(({ text }) => text), recoveries: [] })
    this.#recovered = [...recovered.values()]
    this.#open = open
    for (const { id, conflict } of open) {
      if (this.#told.has(id)) continue
      this.#told.add(id)
      log.error('exchanges are stopped: there was another log than the one that is here', {
        conflict: id,
        detail: describeConflict(conflict),
      })
    }
  }

  /** Signatures cost, and the same ones come each second. */
  #judgeOnce(
    text: string,
    signatures: readonly string[],
    genesis: Digest,
    officers: readonly Officer[],
  ): Recovered | null {
    const key = digestOf(JSON.stringify([text, signatures]))
    const before = this.#judged.get(key)
    if (before?.officers === officers) return before.result
    const judged = judgeRecovery(text, signatures, genesis, officers)
    if (this.#judged.size > 100) this.#judged.clear()
    this.#judged.set(key, { officers, result: judged.ok ? judged.value : null })
    return judged.ok ? judged.value : null
  }
}
