import type { ConfigurationDocument } from './document.ts'
import { quote, type Report } from './report.ts'

/** Every name of a unit, system, service or purpose leads somewhere. (Operations: parse-agreement.ts.) */
export function checkReferences(document: ConfigurationDocument, report: Report): void {
  const units = new Set(document.units.map(unit => unit.code))
  const unitsAndAbove = new Set([...units].flatMap(andAbove))
  const systems = new Set(document.systems.map(system => system.id))
  const services = new Set(document.services.map(service => service.id))
  const purposes = new Set(document.purposes.map(purpose => purpose.code))

  const demand = (known: ReadonlySet<string>, name: string, what: string, file: string, pointer: string) => {
    if (!known.has(name)) report(pointer, `there is no ${what} ${quote(name)}: add it to ${file} or correct the name`)
  }

  demand(units, document.genesis.operator, 'unit', 'units.yaml', '/genesis/operator')
  document.systems.forEach(({ id }, index) => demand(units, unitPart(id), 'unit', 'units.yaml', `/systems/${index}/id`))
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
  document.agreements.forEach((agreement, index) => {
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
