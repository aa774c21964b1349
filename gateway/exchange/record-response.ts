import type { SystemId } from '../domain/system-id.ts'
import { covers, wakingHours } from '../policy/decide.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import { Fault } from '../problems/fault.ts'
import { problemOf } from '../identity/identify.ts'
import { exchangeLeaf } from '../record/exchange-record.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { factsOf } from './facts.ts'
import { identityOf } from './identify.ts'
import { type Adds, type Minimised, refuse, type Refused, type ResponseRecorded } from './known.ts'
import type { Ports } from './ports.ts'

/** The durable record that authorises to release; suspension and revocation are looked up once more behind it. */
export async function recordResponse(
  minimised: Minimised,
  ports: Ports,
): Promise<Adds<Minimised, ResponseRecorded> | Refused> {
  if (minimised.isGone()) return { refused: { code: 'caller-gone' }, kind: 'undelivered', close: true }
  const halted = ports.halted()
  if (halted !== null) return refuse({ code: halted }, { detail: 'answer-withheld' })
  const facts = { ...factsOf(minimised), status: minimised.answer.status }
  let responseReceipt
  try {
    responseReceipt = await ports.log.append(exchangeLeaf('response', ports.clock.now(), facts, ports.log.writer))
  } catch (cause) {
    throw new Fault('response-unrecorded', 'the response record could not be written', cause)
  }
  const snapshot = await ports.snapshots.atLeast(responseReceipt.newestRevision)
  if (snapshot === null) return refuse({ code: 'policy-unavailable' }, { detail: 'answer-withheld' })
  const identity = identityOf(minimised.connection, snapshot, ports.revocations, ports.clock.now())
  if (!identity.ok)
    return { ...refuse({ code: problemOf[identity.error] }, { detail: 'answer-withheld' }), close: true }
  const withdrawn = snapshot === minimised.snapshot ? null : whyWithdrawn(minimised, identity.value.id, snapshot)
  if (withdrawn !== null) return refuse({ code: withdrawn }, { detail: 'answer-withheld' })
  return { responseReceipt }
}

/**
 * Under another snapshot than the one that permitted: why the answer may not cross any more; null: agreement and service are still
 * there and not suspended, and a dormant agreement is still awake for the minute at which it permitted.
 */
function whyWithdrawn({ permit, input }: Minimised, consumer: SystemId, snapshot: Snapshot): ProblemCode | null {
  const agreement = snapshot.agreementsOf(consumer).find(({ id }) => id === permit.agreement.id)
  if (agreement === undefined || agreement.suspended) return 'agreement-suspended'
  const service = snapshot.serviceOf(permit.agreement.service)?.service
  if (service === undefined || service.suspended) return 'service-suspended'
  const awake = wakingHours(agreement)
  return awake === null || covers(awake, input.minute) ? null : 'agreement-dormant'
}
