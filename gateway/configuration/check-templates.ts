import type { Operation } from './objects.ts'
import type { Entry, Report } from './report.ts'

/**
 * No two operations of a service have one name, or one method and templates that match the same paths: `/a/{x}` and `/a/{y}`.
 * A literal beside a parameter (`/a/new` and `/a/{x}`) is allowed: the literal wins.
 */
export function checkTemplates(operations: readonly Entry<Operation>[], report: Report): void {
  const names = new Set<string>()
  const shapes = new Map<string, string>()
  for (const { pointer, value } of operations) {
    if (names.has(value.name)) report(`${pointer}/operationId`, `another operation has the operationId ${value.name}`)
    names.add(value.name)

    const shape = `${value.method} ${value.template.replace(/\{[^{}]*\}/g, '{}')}`
    const other = shapes.get(shape)
    if (other !== undefined) report(pointer, `${value.method} ${value.template} matches the same paths as ${other}`)
    else shapes.set(shape, value.template)
  }
}
