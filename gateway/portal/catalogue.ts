import type { Window } from '../configuration/objects.ts'
import type { Minute } from '../domain/instant.ts'
import type { SystemId } from '../domain/system-id.ts'
import { agreementState } from '../policy/agreement-state.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The services that a system may see: those it has an agreement for and those it provides, with agreements and OpenAPI. */
export function catalogueOf(system: SystemId, snapshot: Snapshot, minute: Minute): Record<string, unknown> {
  const agreements = snapshot.agreementsOf(system)
  const services = snapshot.configuration.services.filter(
    service => service.provider === system || agreements.some(agreement => agreement.service === service.id),
  )
  return {
    system,
    revision: snapshot.revision,
    services: services.map(
      ({
        id,
        provider,
        title,
        owner,
        legalBasis,
        sourceOfTruth,
        updateCycle,
        suspended,
        maintenance,
        operations,
        openapi,
      }) => ({
        id,
        provider,
        title,
        owner,
        legalBasis,
        sourceOfTruth,
        updateCycle,
        suspended,
        maintenance: maintenance
          .filter(({ until }) => until > minute)
          .map(({ note, ...window }) => ({ ...windowOf(window), note })),
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
          .map(agreement => ({
            id: agreement.id,
            state: agreementState(agreement, minute),
            purposes: agreement.purposes,
            operations: agreement.operations,
            ceiling: agreement.ceiling,
            valid: windowOf(agreement),
            hours: agreement.hours,
            limits: agreement.limits,
            suspended: agreement.suspended,
            dormant: agreement.dormant,
            activation: agreement.activation && windowOf(agreement.activation),
            securityConfirmedOn: agreement.securityConfirmedOn,
            securityConfirmedUntil: timeOf(agreement.securityConfirmedUntil),
          })),
      }),
    ),
  }
}

const timeOf = (minute: Minute): string => new Date(minute * 60_000).toISOString()
const windowOf = ({ from, until }: Window) => ({ from: timeOf(from), until: timeOf(until) })
