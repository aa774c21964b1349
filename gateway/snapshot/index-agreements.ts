import type { Agreement } from '../configuration/objects.ts'
import type { Purpose } from '../domain/purpose.ts'
import type { OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { Granted } from '../policy/decide.ts'

/** consumer -> service -> operation -> purpose -> agreements. Nested maps, so that a look-up builds no string. */
export type AgreementIndex = ReadonlyMap<
  SystemId,
  ReadonlyMap<ServiceId, ReadonlyMap<OperationName, ReadonlyMap<Purpose, readonly Granted[]>>>
>

export function indexAgreements(agreements: readonly Agreement[]): AgreementIndex {
  const index = new Map<SystemId, Map<ServiceId, Map<OperationName, Map<Purpose, Granted[]>>>>()
  for (const agreement of agreements) {
    const operations = inside(inside(index, agreement.consumer), agreement.service)
    for (const grant of agreement.operations) {
      const purposes = inside(operations, grant.name)
      for (const purpose of agreement.purposes) {
        const granted = purposes.get(purpose) ?? []
        granted.push({ agreement, grant })
        purposes.set(purpose, granted)
      }
    }
  }
  return index
}

function inside<K, K2, V>(map: Map<K, Map<K2, V>>, key: K): Map<K2, V> {
  const present = map.get(key)
  if (present) return present
  const made = new Map<K2, V>()
  map.set(key, made)
  return made
}
