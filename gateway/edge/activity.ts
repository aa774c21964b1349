import type { Agreement } from '../configuration/objects.ts'
import { formatInstant, instantOfMinute } from '../domain/instant.ts'
import type { ActivityCounter } from '../exchange/ports.ts'
import type { Happened } from '../review/alerts/count-windows.ts'

/** Parties told apart between two looks, a few seconds; addresses are attacker-controlled. */
const MOST_PARTIES = 5_000
const OTHERS = 'others'

/** Counts what alert rules ask about since the last look. On the hot path: a look into a map for each event. */
export class Activity implements ActivityCounter {
  #counts = new Map<string, { readonly happened: Happened; amount: number }>()
  readonly #emergencies = new Set<string>()

  answered(consumer: string, service: string, bytes: number): void {
    this.#add('answers', consumer, service, 1)
    this.#add('bytes', consumer, service, bytes)
  }

  refused(consumer: string, service: string | null): void {
    this.#add('refusals', consumer, service, 1)
  }

  tlsFailure(address: string): void {
    this.#add('tls-failures', address, null, 1)
  }

  /** The connection stood, but not for anybody: the same to whoever watches addresses. */
  unidentified(address: string): void {
    this.tlsFailure(address)
  }

  emergency(agreement: Agreement): void {
    const subject = emergencyOf(agreement)
    if (subject !== null) this.#emergencies.add(subject)
  }

  /** What happened since the last call. */
  take(): readonly Happened[] {
    const counts = this.#counts
    this.#counts = new Map()
    return [...counts.values()].map(({ happened, amount }) => ({ ...happened, amount }))
  }

  /** Emergencies under which something has crossed since the last call. */
  takeEmergencies(): readonly string[] {
    const used = [...this.#emergencies]
    this.#emergencies.clear()
    return used
  }

  #add(event: Happened['event'], party: string, service: string | null, amount: number): void {
    const key = `${event} ${party} ${service ?? ''}`
    const known = this.#counts.get(key)
    if (known) known.amount += amount
    else if (this.#counts.size < MOST_PARTIES)
      this.#counts.set(key, { happened: { event, subject: party, service, amount }, amount })
    else if (party !== OTHERS) this.#add(event, OTHERS, service, amount)
    else this.#counts.set(key, { happened: { event, subject: party, service, amount }, amount })
  }
}

/** One activation of one dormant agreement: each is an emergency of its own. Null: it sleeps. */
export const emergencyOf = ({ id, activation }: Agreement): string | null =>
  activation === null ? null : `${id} from ${formatInstant(instantOfMinute(activation.from)).slice(0, 16)}Z`
