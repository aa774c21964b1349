import type { Issuer, Officer, System } from './objects.ts'
import type { Entry, Report } from './report.ts'

/**
 * One key is one identity: no key is registered twice, for systems, officers or authorities, whatever the windows of time.
 * Otherwise a record could not say who it was.
 */
export function checkKeys(
  holders: {
    readonly systems: readonly Entry<System>[]
    readonly officers: readonly Entry<Officer>[]
    readonly issuers: readonly Entry<Issuer>[]
  },
  report: Report,
): void {
  const holderOf = new Map<string, string>()
  const register = (key: string, holder: string, pointer: string) => {
    const other = holderOf.get(key)
    if (other === undefined) holderOf.set(key, holder)
    else
      report(
        pointer,
        `the key ${key.slice(0, 16)}… of ${holder} is already registered for ${other}: one key is one identity`,
      )
  }

  for (const { value, pointer } of holders.systems)
    value.bindings.forEach(({ key }, index) => register(key, value.id, `${pointer}/bindings/${index}/key`))
  for (const { value, pointer } of holders.systems)
    value.signingKeys.forEach(({ id }, index) =>
      register(id, `${value.id} (signing)`, `${pointer}/signingKeys/${index}/publicKey`),
    )
  for (const { value, pointer } of holders.officers) register(value.key, `the officer ${value.id}`, `${pointer}/key`)
  for (const { value, pointer } of holders.officers)
    value.authenticators.forEach(({ key }, index) =>
      register(key, `${value.id} (authenticator)`, `${pointer}/authenticators/${index}/publicKey`),
    )
  for (const { value, pointer } of holders.issuers)
    register(value.key, `the issuer ${value.name}`, `${pointer}/certificates/0`)
}
