import type { ConfigurationDocument } from './document.ts'
import type { KeptObjects } from './kept-objects.ts'
import { objectsOf } from './objects-of.ts'
import { quote, type Report } from './report.ts'

/** Every name of a unit, system, service or purpose leads somewhere. (Operations: parse-agreement.ts.) */
export function checkReferences(document: ConfigurationDocument, kept: KeptObjects, report: Report): void {
  // Names that were there lead where they led.
  const isNamed = kept.same('units', 'systems', 'services', 'purposes')
  const { head, tail } = isNamed ? kept.around('agreements') : { head: [], tail: [] }
  const last = document.agreements.length - tail.length
  const units = objectsOf(document, 'unit')
  const systems = objectsOf(document, 'system')
  const services = objectsOf(document, 'service')
  const purposes = objectsOf(document, 'purpose')

  const demand = (known: { has(name: string): boolean }, name: string, what: string, file: string, pointer: string) => {
    if (!known.has(name)) report(pointer, `there is no ${what} ${quote(name)}: add it to ${file} or correct the name`)
  }

  demand(units, document.genesis.operator, 'unit', 'units.yaml', '/genesis/operator')
  if (!isNamed || !kept.same('issuers')) {
    const unitsAndAbove = new Set([...units.keys()].flatMap(andAbove))
    document.systems.forEach(({ id }, index) =>
      demand(units, unitPart(id), 'unit', 'units.yaml', `/systems/${index}/id`),
    )
    // An authority may name a whole branch (G99) of which only the units below are listed.
    document.issuers.forEach((issuer, index) =>
      issuer.units.forEach((unit, at) =>
        demand(unitsAndAbove, unit, 'unit', 'units.yaml', `/issuers/${index}/units/${at}`),
      ),
    )
    document.services.forEach(({ id, provider }, index) => {
      demand(units, unitPart(id), 'unit', 'units.yaml', `/services/${index}/id`)
      demand(systems, provider, 'system', 'systems.yaml', `/services/${index}/provider`)
    })
  }
  document.agreements.slice(head.length, last).forEach((agreement, position) => {
    const index = head.length + position
    const pointer = `/agreements/${index}`
    demand(systems, agreement.consumer, 'system', 'systems.yaml', `${pointer}/consumer`)
    demand(services, agreement.service, 'service', 'services/', `${pointer}/service`)
    agreement.purposes.forEach((code, at) =>
      demand(purposes, code, 'purpose', 'purposes.yaml', `${pointer}/purposes/${at}`),
    )
  })
}

const unitPart = (id: string): string => id.split('/')[0] ?? ''

/** `G99.21.H01` and the units above it: `G99.21`, `G99`. */
function andAbove(code: string): readonly string[] {
  const levels = code.split('.')
  return levels.map((_, index) => levels.slice(0, index + 1).join('.'))
}
