import { Fault } from '../problems/fault.ts'
import type { RequestRecorded } from './known.ts'
import type { Ports } from './ports.ts'

/**
 * `Exchange-Assertion` as name and value for a service that asks for it, else nothing. `target` is what the provider will see.
 * A key that cannot be reached is a fault: a service that relies on assertions gets no request without.
 */
export async function assertRequest(
  recorded: RequestRecorded,
  target: string,
  ports: Ports,
): Promise<readonly string[]> {
  const { service, provider } = recorded.routed
  if (!service.assertion) return []
  const request = {
    exchange: recorded.exchange,
    provider: provider.id,
    consumer: recorded.consumer.id,
    method: recorded.operation.method,
    target,
    body: recorded.requestBody,
    agreement: recorded.permit.agreement.id,
    purpose: recorded.input.purpose,
    at: ports.clock.now(),
  }
  try {
    return ['exchange-assertion', await ports.assertion(request)]
  } catch (cause) {
    throw new Fault('internal', 'the assertion could not be signed; nothing was forwarded', cause)
  }
}
