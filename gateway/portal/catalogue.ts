import type { SystemId } from '../domain/system-id.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The services that a system may see: those it has an agreement for and those it provides, with agreements and OpenAPI. */
export function catalogueOf(system: SystemId, snapshot: Snapshot): Record<string, unknown> {
  const agreements = snapshot.agreementsOf(system)
  const services = snapshot.configuration.services.filter(
    service => service.provider === system || agreements.some(agreement => agreement.service === service.id),
  )
  return {
    system,
    revision: snapshot.revision,
    services: services.map(
      ({ id, provider, title, owner, legalBasis, sourceOfTruth, updateCycle, operations, openapi }) => ({
        id,
        provider,
        title,
        owner,
        legalBasis,
        sourceOfTruth,
        updateCycle,
        operations: operations.map(({ name, method, template, summary, classification, maxRequestBytes }) => ({
          name,
          method,
          template,
          summary,
          classification,
          maxRequestBytes,
        })),
        openapi: JSON.parse(openapi) as unknown,
        agreements: agreements
          .filter(({ service }) => service === id)
          .map(({ id: agreement, purposes, operations: granted, ceiling, from, until, hours, limits, suspended }) => ({
            id: agreement,
            purposes,
            operations: granted,
            ceiling,
            valid: { from: new Date(from * 60_000).toISOString(), until: new Date(until * 60_000).toISOString() },
            hours,
            limits,
            suspended,
          })),
      }),
    ),
  }
}
