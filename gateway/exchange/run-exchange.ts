import { secondOf } from '../domain/instant.ts'
import { catalogue, type ProblemCode } from '../problems/catalogue.ts'
import { codeOf } from '../problems/fault.ts'
import type { Count } from '../record/counted-record.ts'
import { type ExchangeFacts, exchangeLeaf } from '../record/exchange-record.ts'
import { factsOf } from './facts.ts'
import {
  type Arrived,
  isRefused,
  type Known,
  type Refused,
  type RequestRecorded,
  type ResponseRecorded,
} from './known.ts'
import type { Ports, Receipt } from './ports.ts'
import { answerReply, checkedReply, problemReply, type Reply } from './reply.ts'
import { signReply } from './sign-reply.ts'
import { steps } from './steps.ts'

/** Only counted: nothing was decided, and writing a record is what cannot be done or what must not be provoked. */
const UNRECORDED: ReadonlySet<ProblemCode> = new Set([
  'audit-unavailable',
  'clock-unreliable',
  'response-unrecorded',
  'overloaded',
  'request-malformed',
])

/** Of these a request that stands on record gets its answer record all the same; where the lane refuses it, `response-unrecorded`. */
const TRIED: ReadonlySet<ProblemCode> = new Set(['overloaded', 'clock-unreliable'])

/**
 * Runs one exchange through the table. Always resolves to a reply: a refusal or a fault is recorded before its answer.
 * Whatever was admitted is given back, however it ends.
 */
export async function runExchange(arrived: Arrived, ports: Ports): Promise<Reply> {
  let known: Known = { ...arrived }
  let before = ports.clock.now()
  try {
    for (const { name, run } of steps) {
      const running = run(known, ports)
      const outcome = running instanceof Promise ? await running : running
      const after = ports.clock.now()
      ports.observe.step(name, after - before)
      before = after
      if (isRefused(outcome)) return await answerRefusal(known, outcome, ports)
      // The one place that extends what is known. A copy for each step would cost more than most of the steps.
      known = Object.assign(known, outcome)
      if (name === 'recordRequest' && known.headers?.mode === 'check') {
        const reply = await signReply(checkedReply(known as RequestRecorded), known, ports)
        ports.observe.exchange('checked', '')
        return reply
      }
    }
    const reply = await signReply(deliver(known as ResponseRecorded, ports), known, ports)
    ports.observe.exchange('answered', '')
    const { consumer, permit, releasedBody } = known as ResponseRecorded
    ports.activity?.answered(consumer.id, permit.agreement.service, releasedBody.length)
    return reply
  } catch (thrown) {
    ports.observe.fault(arrived.exchange, thrown)
    return await answerRefusal(known, { refused: { code: codeOf(thrown) }, kind: 'fault', close: true }, ports)
  } finally {
    known.admission?.release()
    countVolume(known, ports)
  }
}

function deliver(known: ResponseRecorded, ports: Ports): Reply {
  return {
    ...answerReply(known),
    onUndelivered: async () => {
      ports.observe.exchange('undelivered', 'caller-gone')
      const facts = { ...factsOf(known), status: known.answer.status, problem: 'caller-gone' as const }
      await ports.log.append(exchangeLeaf('undelivered', ports.clock.now(), facts, ports.log.writer))
    },
  }
}

/** Signed where the request was and the key can be reached: a caller that insists on a signature is told nothing by one without. */
async function answerRefusal(known: Known, refused: Refused, ports: Ports): Promise<Reply> {
  const reply = await recordRefusal(known, refused, ports)
  // A signature tells a time, and nobody knows it.
  if (refused.refused.code === 'clock-unreliable') return reply
  try {
    return await signReply(reply, known, ports)
  } catch (thrown) {
    ports.observe.fault(known.exchange, thrown)
    return reply
  }
}

async function recordRefusal(known: Known, refused: Refused, ports: Ports): Promise<Reply> {
  const close = refused.close ?? false
  const { code } = refused.refused
  ports.observe.exchange(outcomeOf[refused.kind], code)
  if (refused.kind === 'refusal') {
    if (known.consumer) ports.activity?.refused(known.consumer.id, known.routed?.service.id ?? null)
    else ports.activity?.unidentified(known.connection.source)
  }
  const standing = known.requestReceipt !== undefined || refused.closes === true
  // A standing request record is closed whatever the code, but for those that say that nothing can be written.
  if (UNRECORDED.has(code) && !(standing && TRIED.has(code))) return problemReply(refused.refused, known, null, close)
  const facts = refusedFacts(known, refused)
  // What has a request record is closed by a record, whatever the budget says.
  // A fault is ours and not the caller's doing: always recorded.
  if (!standing && refused.kind !== 'fault' && !ports.refusals.spend(countOf(known, facts, code)))
    return problemReply(refused.refused, known, null, true)
  let receipt: Receipt
  try {
    receipt = await ports.log.append(exchangeLeaf(refused.kind, ports.clock.now(), facts, ports.log.writer))
  } catch (cause) {
    ports.observe.fault(known.exchange, cause)
    const unrecorded = standing ? 'response-unrecorded' : 'audit-unavailable'
    return problemReply({ code: unrecorded }, known, null, true)
  }
  return problemReply(refused.refused, known, receipt, close)
}

const outcomeOf = { refusal: 'refused', fault: 'faulted', undelivered: 'undelivered' } as const satisfies Record<
  Refused['kind'],
  string
>

function refusedFacts(known: Known, { refused, also }: Refused): ExchangeFacts {
  return { ...factsOf(known), status: catalogue[refused.code].status, problem: refused.code, ...also }
}

function countOf(known: Known, facts: ExchangeFacts, problem: ProblemCode): Count {
  return {
    kind: 'refusals',
    consumer: facts.caller.consumer,
    problem,
    source: facts.caller.source,
    second: secondOf(known.at),
    times: 1,
    certificate: facts.caller.certificate,
    detail: null,
  }
}

/** What crossed counts, whatever became of it behind that: a request from its record on, an answer once it is released. */
function countVolume(known: Known, ports: Ports): void {
  const { permit, at, requestReceipt, requestBody, headers, responseReceipt, releasedBody } = known
  if (!permit || !requestReceipt || headers?.mode === 'check') return
  if (permit.agreement.dormant) ports.activity?.emergency(permit.agreement)
  const released = responseReceipt ? (releasedBody?.length ?? 0) : 0
  ports.limits.countBytes(permit.agreement, at, (requestBody?.length ?? 0) + released)
}
