import type { Agreement } from '../../configuration/objects.ts'
import { dayOf, formatInstant, type Instant, instantOfMinute, minuteOf } from '../../domain/instant.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import { daysUntil, warningAt, warningBetween } from '../../identity/expiry.ts'
import { covers } from '../../policy/decide.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'

/** Dormant agreements that are awake at some time (break-glass), by name: for `/readyz`. */
export function awakeAgreements(snapshot: Snapshot, now: Instant): readonly string[] {
  const present = activated.get(snapshot) ?? snapshot.configuration.agreements.filter(each => each.activation !== null)
  activated.set(snapshot, present)
  return present.filter(({ activation }) => activation && covers(activation, minuteOf(now))).map(({ id }) => id)
}

/** Looked for once per revision: probes ask every few seconds. */
const activated = new WeakMap<Snapshot, readonly Agreement[]>()

/** With the same agreements there is nothing new within this time; 100,000 of them take some milliseconds. */
const PAUSE_MICROS = 10 * 60_000_000
const YEAR_MICROS = 365 * 86_400_000_000

/**
 * Tells the operations log of agreements that somebody has to see to, once each in a process: 30, 14, 7 and 1 days before one ends or
 * its security confirmation lapses; one that nobody has recertified for a year; a dormant one that is awake (break-glass). Suspended and
 * ended ones are passed over.
 */
export class AgreementReminders {
  readonly #log: Pick<OperationsLog, 'info' | 'warn' | 'error'>
  readonly #told = new Set<string>()
  #last: { readonly at: Instant; readonly snapshot: Snapshot } | null = null

  constructor(log: Pick<OperationsLog, 'info' | 'warn' | 'error'>) {
    this.#log = log
  }

  look(snapshot: Snapshot, now: Instant): void {
    const last = this.#last
    if (last !== null && last.snapshot === snapshot && now - last.at < PAUSE_MICROS) return
    this.#last = { at: now, snapshot }
    for (const agreement of snapshot.configuration.agreements) {
      if (agreement.suspended || instantOfMinute(agreement.until) <= now) continue
      this.#lookAtEnd(agreement, 'until', 'an agreement ends soon', last?.at ?? null, now)
      this.#lookAtEnd(agreement, 'securityConfirmedUntil', 'a security confirmation lapses soon', last?.at ?? null, now)
      this.#lookAtRecertification(agreement, now)
      this.#lookAtActivation(agreement, now)
    }
  }

  #lookAtEnd(
    agreement: Agreement,
    end: 'until' | 'securityConfirmedUntil',
    message: string,
    before: Instant | null,
    now: Instant,
  ): void {
    const until = instantOfMinute(agreement[end])
    // Most end later: nothing is kept of them.
    if (warningAt(until, now) === null) return
    // One that came with this revision was not looked at before.
    const known = this.#told.has(`${agreement.id} ${end} ${until}`) ? before : null
    this.#told.add(`${agreement.id} ${end} ${until}`)
    if (warningBetween(until, known, now) === null) return
    const days = daysUntil(until, now)
    const fields = { agreement: agreement.id, days, until: formatInstant(until) }
    if (days > 0) this.#log.warn(message, fields)
    else this.#log.error(`${message}: it is over, and exchanges are refused`, fields)
  }

  /** Counted from its first day where nobody ever did. */
  #lookAtRecertification({ id, from, recertifiedOn }: Agreement, now: Instant): void {
    const last = recertifiedOn === null ? instantOfMinute(from) : ((Date.parse(recertifiedOn) * 1000) as Instant)
    if (now - last > YEAR_MICROS && this.#isNew(`${id} recertified ${last}`))
      this.#log.warn('an agreement has not been recertified for a year', { agreement: id, since: dayOf(last) })
  }

  /** Its reason stays in the signed change: it is free text, and may name somebody. */
  #lookAtActivation({ id, activation }: Agreement, now: Instant): void {
    if (activation === null || instantOfMinute(activation.until) <= now) return
    const [from, until] = [activation.from, activation.until].map(minute => formatInstant(instantOfMinute(minute)))
    if (this.#isNew(`${id} activated ${from} ${until}`))
      this.#log.error('a dormant agreement is activated: its use has to be reviewed', { agreement: id, from, until })
  }

  #isNew(key: string): boolean {
    const isNew = !this.#told.has(key)
    this.#told.add(key)
    return isNew
  }
}
