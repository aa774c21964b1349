import { X509Certificate } from 'node:crypto'
import type { Issuer, KeyBinding, System } from '../../../gateway/configuration/objects.ts'
import type { Binding } from '../../../gateway/domain/binding.ts'
import { instantOfMillis, type Instant } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import { parseUnitCode } from '../../../gateway/domain/unit-code.ts'
import type { Registry, Revocations } from '../../../gateway/identity/identify.ts'
import { type PeerCertificate, readPeerCertificate } from '../../../gateway/identity/peer-certificate.ts'
import { bindingOfKey } from '../../../gateway/pki/keys.ts'
import { chain, days, key, leaf, NOW } from '../pki/world.ts'

export const der = (pem: string): Uint8Array => new X509Certificate(pem).raw

/** A chain of real certificates: leaf, issuing authority, root. */
export async function realChain(options: Partial<Parameters<typeof leaf>[1]> = {}) {
  const { root, issuing } = await chain('p256', 'p256')
  const pem = await leaf(issuing, { key: key('p256', 2), ...options })
  const ders = [der(pem), der(issuing.certificate), der(root.certificate)]
  return { root, issuing, pem, ders, peer: must(readPeerCertificate(ders)) }
}

export const LEAF_KEY = (): Binding => bindingOfKey(key('p256', 2))
export const ISSUING_KEY = (): Binding => bindingOfKey(key('p256', 1))
export const ROOT_KEY = (): Binding => bindingOfKey(key('p256'))
/** A day into the life of the certificates. */
export const AT: Instant = instantOfMillis(days(1).getTime())
export const START: Instant = instantOfMillis(Math.floor(NOW.getTime() / 1000) * 1000)

export const system = (changes: Partial<System> = {}): System => ({
  id: must(parseSystemId('G99.21/records')),
  name: { en: 'a', vi: 'b' },
  suspended: false,
  bindings: [],
  signingKeys: [],
  endpoint: null,
  ...changes,
})

export const issuer = (changes: Partial<Issuer> = {}): Issuer => ({
  name: 'development-ca',
  key: ISSUING_KEY(),
  certificates: [],
  units: [must(parseUnitCode('G99'))],
  namesOfficers: true,
  san: 'required',
  revocation: { crl: [], ocsp: null, graceMillis: 0 },
  development: true,
  ...changes,
})

export interface RegistryChanges {
  readonly system?: Partial<System> | null
  readonly binding?: Partial<KeyBinding>
  readonly issuer?: Partial<Issuer> | null
}

/** One system and one issuer; null: not registered. */
export function registry(changes: RegistryChanges = {}): Registry {
  return {
    systemByKey: found =>
      changes.system === null || found !== LEAF_KEY()
        ? null
        : { system: system(changes.system), binding: { key: found, from: null, until: null, ...changes.binding } },
    issuerByKey: found => (changes.issuer === null || found !== ISSUING_KEY() ? null : issuer(changes.issuer)),
  }
}

export type Status = 'good' | 'revoked' | 'unknown'

/** What is known of the leaf and of the authority above it. */
export const revocations = (ofLeaf: Status = 'good', ofAuthority: Status = 'good'): Revocations => ({
  epoch: 1,
  statusOf: issuerKey => (issuerKey === ISSUING_KEY() ? ofLeaf : issuerKey === ROOT_KEY() ? ofAuthority : 'unknown'),
})

export const without = (peer: PeerCertificate, changes: Partial<PeerCertificate>): PeerCertificate => ({
  ...peer,
  ...changes,
})
