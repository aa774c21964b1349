import { createPublicKey, type KeyObject } from 'node:crypto'
import type {
  Agreement,
  Configuration,
  KeyBinding,
  Mode,
  OperationGrant,
  Service,
  SigningKey,
  System,
} from '../configuration/objects.ts'
import type { Binding } from '../domain/binding.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { Registry } from '../identity/identify.ts'
import type { Policy } from '../policy/decide.ts'
import { compileGrant, type Grant } from '../schema/grant.ts'
import { guard } from './guard.ts'
import { type AgreementIndex, indexAgreements } from './index-agreements.ts'
import { makeRouter, type Router } from './router.ts'

/** A granted field set, compiled. */
export interface FieldSet {
  readonly grant: Grant
  /** Names the set in records. */
  readonly id: Digest
}

export interface RoutedService {
  readonly service: Service
  readonly provider: System
  readonly router: Router
}

export interface RegisteredSigningKey extends SigningKey {
  readonly system: SystemId
  readonly publicKey: KeyObject
}

/** One revision compiled for the data plane: frozen, in memory, swapped whole. */
export interface Snapshot extends Policy, Registry {
  readonly revision: RevisionNumber
  readonly digest: Digest
  readonly mode: Mode
  readonly configuration: Configuration
  /** PEM of every registered issuer and of those above it. */
  readonly trust: readonly string[]
  serviceOf(id: ServiceId): RoutedService | null
  systemOf(id: SystemId): System | null
  agreementsOf(consumer: SystemId): readonly Agreement[]
  /** The registered key for message signatures with this id, and whose it is, whatever its dates; null: none. */
  signingKey(id: string): RegisteredSigningKey | null
  /** The granted fields of an answer or a request, compiled on first use; null: all of them. */
  responseFields(grant: OperationGrant): FieldSet | null
  requestFields(grant: OperationGrant): FieldSet | null
  /** What the snapshot of the next revision takes over. */
  readonly indexes: Indexes
}

/** What a snapshot looks things up in, each made of some of the configuration's lists alone. */
interface Indexes {
  readonly systems: SystemIndex
  readonly services: ReadonlyMap<ServiceId, RoutedService>
  readonly agreements: AgreementIndex
  readonly fieldSets: WeakMap<readonly string[], FieldSet>
}

interface SystemIndex {
  readonly byId: ReadonlyMap<SystemId, System>
  readonly byKey: ReadonlyMap<Binding, { readonly system: System; readonly binding: KeyBinding }>
  readonly signingKey: (id: string) => RegisteredSigningKey | null
}

/**
 * Compiles a verified revision. Linear in its objects; validators and grants are compiled when first used.
 * `before`: a snapshot whose configuration shares objects with this one. What they share is taken over, so that a change costs by
 * its own size and no second of everybody's exchanges; what the snapshot says is the same as without it.
 */
export function compileSnapshot(
  configuration: Configuration,
  revision: RevisionNumber,
  digest: Digest,
  before: Snapshot | null = null,
): Snapshot {
  const indexes = indexesOf(configuration, before)
  const { systems, services, agreements, fieldSets } = indexes
  const issuers = new Map(configuration.issuers.map(issuer => [issuer.key, issuer]))

  const fieldSet = (pointers: readonly string[] | null): FieldSet | null => {
    if (pointers === null) return null
    let set = fieldSets.get(pointers)
    if (!set) {
      set = { grant: compileGrant(pointers), id: digestOf(JSON.stringify(pointers.toSorted())) }
      fieldSets.set(pointers, set)
    }
    return set
  }

  return Object.freeze<Snapshot>({
    revision,
    digest,
    mode: configuration.mode,
    configuration,
    trust: [...new Set(configuration.issuers.flatMap(issuer => issuer.certificates))],
    systemByKey: key => systems.byKey.get(key) ?? null,
    issuerByKey: key => issuers.get(key) ?? null,
    ...agreements.lookups,
    ...guard(configuration),
    serviceOf: id => services.get(id) ?? null,
    systemOf: id => systems.byId.get(id) ?? null,
    agreementsOf: consumer => agreements.byConsumer.get(consumer) ?? [],
    signingKey: systems.signingKey,
    responseFields: grant => fieldSet(grant.response),
    requestFields: grant => fieldSet(grant.request),
    indexes,
  })
}

function indexesOf(configuration: Configuration, before: Snapshot | null): Indexes {
  const known = before?.indexes ?? null
  const has = (...lists: readonly ('systems' | 'services')[]): boolean =>
    lists.every(list => before?.configuration[list] === configuration[list])
  const systems = known && has('systems') ? known.systems : indexSystems(configuration.systems)
  const services =
    known && has('systems', 'services')
      ? known.services
      : new Map(configuration.services.map(service => [service.id, routed(service, systems.byId)]))
  return {
    systems,
    services,
    agreements: indexAgreements(
      configuration,
      before && { configuration: before.configuration, index: before.indexes.agreements },
    ),
    fieldSets: known?.fieldSets ?? new WeakMap(),
  }
}

const indexSystems = (systems: readonly System[]): SystemIndex => ({
  byId: new Map(systems.map(system => [system.id, system])),
  byKey: indexKeys(systems),
  signingKey: indexSigningKeys(systems),
})

function routed(service: Service, systems: ReadonlyMap<SystemId, System>): RoutedService {
  const provider = systems.get(service.provider)
  if (!provider) throw new TypeError(`a cross-checked configuration has the provider of ${service.id}`)
  return { service, provider, router: makeRouter(service.operations) }
}

function indexKeys(systems: readonly System[]): ReadonlyMap<Binding, { system: System; binding: KeyBinding }> {
  const keys = new Map<Binding, { system: System; binding: KeyBinding }>()
  for (const system of systems) for (const binding of system.bindings) keys.set(binding.key, { system, binding })
  return keys
}

/** A key is parsed when it is first asked for: 50,000 systems would cost seconds at once. */
function indexSigningKeys(systems: readonly System[]): (id: string) => RegisteredSigningKey | null {
  const registered = new Map<string, { system: System; key: SigningKey }>()
  for (const system of systems) for (const key of system.signingKeys) registered.set(key.id, { system, key })
  const parsed = new Map<string, RegisteredSigningKey>()
  return id => {
    const present = parsed.get(id)
    if (present) return present
    const found = registered.get(id)
    if (!found) return null
    const made = { ...found.key, system: found.system.id, publicKey: createPublicKey(found.key.pem) }
    parsed.set(id, made)
    return made
  }
}
