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
import { indexAgreements } from './index-agreements.ts'
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
}

/** Compiles a verified revision. Linear in its objects; validators and grants are compiled when first used. */
export function compileSnapshot(configuration: Configuration, revision: RevisionNumber, digest: Digest): Snapshot {
  const systems = new Map(configuration.systems.map(system => [system.id, system]))
  const keys = indexKeys(configuration.systems)
  const issuers = new Map(configuration.issuers.map(issuer => [issuer.key, issuer]))
  const services = new Map(configuration.services.map(service => [service.id, routed(service, systems)]))
  const agreements = indexAgreements(configuration.services, configuration.agreements)
  const byConsumer = groupByConsumer(configuration.agreements)
  const signingKeys = indexSigningKeys(configuration.systems)
  const fieldSets = new WeakMap<readonly string[], FieldSet>()

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
    systemByKey: key => keys.get(key) ?? null,
    issuerByKey: key => issuers.get(key) ?? null,
    ...agreements,
    ...guard(configuration),
    serviceOf: id => services.get(id) ?? null,
    systemOf: id => systems.get(id) ?? null,
    agreementsOf: consumer => byConsumer.get(consumer) ?? [],
    signingKey: id => signingKeys(id),
    responseFields: grant => fieldSet(grant.response),
    requestFields: grant => fieldSet(grant.request),
  })
}

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

function groupByConsumer(agreements: readonly Agreement[]): ReadonlyMap<SystemId, readonly Agreement[]> {
  const groups = new Map<SystemId, Agreement[]>()
  for (const agreement of agreements) {
    const group = groups.get(agreement.consumer)
    if (group) group.push(agreement)
    else groups.set(agreement.consumer, [agreement])
  }
  return groups
}
