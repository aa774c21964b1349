import { isAtMost } from '../domain/classification.ts'
import type { Agreement, Service } from './objects.ts'
import { below } from './pointer.ts'
import type { Entry, Report } from './report.ts'

/** An agreement whose ceiling is below the label of an operation that it grants would never let that operation through. */
export function checkCeilings(
  agreements: readonly Entry<Agreement>[],
  services: ReadonlyMap<string, Service>,
  report: Report,
): void {
  const labels = new Map(
    [...services].map(([id, service]) => [
      id,
      new Map(service.operations.map(({ name, classification }) => [name, classification])),
    ]),
  )
  for (const { pointer, value } of agreements)
    for (const { name } of value.operations) {
      const label = labels.get(value.service)?.get(name)
      if (label && !isAtMost(label, value.ceiling))
        report(
          below(pointer, 'ceiling'),
          `is ${value.ceiling}, but the operation ${name} is labelled ${label}: raise the ceiling or do not grant the operation`,
        )
    }
}
