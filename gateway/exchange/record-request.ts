import { Fault } from '../problems/fault.ts'
import { exchangeLeaf } from '../record/exchange-record.ts'
import { decideAgain } from './decide.ts'
import { factsOf } from './facts.ts'
import { type Adds, isRefused, refuse, type Refused, type RequestChecked, type RequestRecorded } from './known.ts'
import type { Ports, Receipt } from './ports.ts'

/** Revisions may follow each other while an exchange is being recorded; more than this many in a row is not normal operation. */
const MOST_DECISIONS = 5

/**
 * The durable record that authorises to forward; only behind it may the payload leave.
 * It holds the decision of the newest revision: if the policy or the revocations moved on since `identify`, or while the record
 * was being committed, the exchange is identified, decided and recorded again.
 */
export async function recordRequest(
  checked: RequestChecked,
  ports: Ports,
): Promise<Adds<RequestChecked, RequestRecorded> | Refused> {
  let current = checked
  let recorded = false
  for (let decisions = 0; decisions < MOST_DECISIONS; decisions++) {
    const halted = ports.halted()
    if (halted !== null) return { ...refuse({ code: halted }), closes: recorded }
    const snapshot = ports.snapshots.current()
    if (snapshot === null) return { ...refuse({ code: 'policy-unavailable' }), closes: recorded }
    if (snapshot !== current.snapshot || ports.revocations.epoch !== current.revocationEpoch) {
      const again = decideAgain(current, snapshot, ports)
      if (isRefused(again)) return { ...again, closes: recorded }
      current = again
    }
    const requestReceipt = await append(current, ports)
    recorded = true
    const newer = await ports.snapshots.atLeast(requestReceipt.newestRevision)
    if (newer === current.snapshot && ports.revocations.epoch === current.revocationEpoch)
      return {
        // Decided anew: all that changed with it.
        ...(current === checked ? null : current),
        requestReceipt,
        recordedAt: ports.clock.now(),
      }
  }
  return { ...refuse({ code: 'policy-unavailable' }), closes: true }
}

async function append(checked: RequestChecked, ports: Ports): Promise<Receipt> {
  const leaf = exchangeLeaf('request', ports.clock.now(), factsOf(checked), ports.log.writer)
  try {
    return await ports.log.append(leaf)
  } catch (cause) {
    throw new Fault('audit-unavailable', 'the request record could not be written', cause)
  }
}
