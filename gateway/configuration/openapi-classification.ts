import { type Classification, isStateSecret, parseClassification } from '../domain/classification.ts'
import { type Report, take, textOf } from './report.ts'

/** The label of an operation. State-secret labels are known only to be refused (Law 117/2025). */
export function parseLabel(value: unknown, pointer: string, report: Report): Classification | undefined {
  if (value === undefined) {
    report(
      pointer,
      'an operation without a label does not register: write x-classification: public, internal or restricted',
    )
    return undefined
  }
  if (isStateSecret(textOf(value).trim().toLowerCase())) {
    report(
      pointer,
      `${textOf(value)} is a state-secret label: such data may not be on a networked machine, the service cannot be offered here`,
    )
    return undefined
  }
  return take(parseClassification(textOf(value)), pointer, report)
}
