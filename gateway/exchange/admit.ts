import type { ProblemCode } from '../problems/catalogue.ts'
import { type Adds, type Admitted, type Permitted, refuse, type Refused } from './known.ts'
import type { Held, Ports } from './ports.ts'

const problemOf = {
  system: 'system-rate-exceeded',
  rate: 'rate-exceeded',
  concurrency: 'concurrency-exceeded',
  volume: 'volume-exceeded',
} as const satisfies Record<Held['limit'], ProblemCode>

/** The agreement's rate, concurrency and volume. What is admitted is given back by the runner, however the exchange ends. */
export async function admit(permitted: Permitted, ports: Ports): Promise<Adds<Permitted, Admitted> | Refused> {
  const admission = await ports.limits.admit(permitted.permit.agreement, permitted.at)
  if ('limit' in admission) return refuse({ code: problemOf[admission.limit], retryAfter: admission.retryAfter })
  return { admission }
}
