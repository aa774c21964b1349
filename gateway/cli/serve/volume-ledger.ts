import type { AgreementId } from '../../domain/purpose.ts'
import type { VolumeLedger } from '../../edge/limits.ts'

/** Days kept in memory: today and, around midnight UTC, yesterday. */
const DAYS = 2

/** Volumes of this process since it started. */
export function memoryVolumes(): VolumeLedger {
  const days = new Map<string, Map<AgreementId, number>>()
  return {
    used: (agreement, day) => days.get(day)?.get(agreement) ?? 0,
    add(agreement, day, bytes) {
      let used = days.get(day)
      if (!used) {
        days.set(day, (used = new Map()))
        for (const old of [...days.keys()].sort().slice(0, -DAYS)) days.delete(old)
      }
      used.set(agreement, (used.get(agreement) ?? 0) + bytes)
    },
  }
}
