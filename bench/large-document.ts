import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { ConfigurationDocument } from '../gateway/configuration/document.ts'
import { bindingOf } from '../gateway/domain/binding.ts'
import { agreementDocument, documentMaker, serviceDocument } from './small-document.ts'

export interface Scale {
  readonly units: number
  readonly systems: number
  readonly services: number
  readonly agreements: number
}

/** A ministry far larger than there is: all numbers of its kinds of objects at once. */
export const LARGE: Scale = { units: 10_000, systems: 50_000, services: 2_000, agreements: 100_000 }

const TEXT = { en: 'A name of usual length, in English', vi: 'Một tên gọi có độ dài thông thường' }
const PURPOSES = ['reference-data', 'identity-check', 'supply', 'reporting']
const OPERATIONS = { getOne: 'internal', list: 'internal', search: 'restricted', send: 'public' }

const digits = (n: number): string => String(n).padStart(3, '0')
const unitOf = (n: number): string => `G99.${digits(Math.floor(n / 1000))}.${digits(n % 1000)}`
const systemOf = (n: number, { units }: Scale): string => `${unitOf(n % units)}/system-${n}`
const serviceOf = (n: number, { units }: Scale): string => `${unitOf(n % units)}/service-${n}/v1`

/** Two security officers with their keys, and a whole, valid document; the same in each run but for keys and certificate. */
export async function largeDocument(
  scale: Scale = LARGE,
): Promise<{ document: ConfigurationDocument; officers: readonly KeyObject[] }> {
  const services = Array.from({ length: scale.services }, (_, n) =>
    serviceDocument(serviceOf(n, scale), systemOf(n, scale), OPERATIONS),
  )
  const agreements = Array.from({ length: scale.agreements }, (_, n) =>
    agreementDocument({
      id: `agreement-${String(n).padStart(6, '0')}`,
      // Each system a few, each with another service.
      consumer: systemOf(n % scale.systems, scale),
      service: serviceOf((n * 7 + Math.floor(n / scale.systems)) % scale.services, scale),
      purposes: [PURPOSES[n % PURPOSES.length] ?? ''],
      limits: { perMinute: 600, concurrent: 16 },
    }),
  )
  const make = await documentMaker()
  const made = make({
    systems: Array.from({ length: scale.systems }, (_, n) => systemOf(n, scale)),
    purposes: PURPOSES,
    services,
    agreements,
  })
  const keys = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }))
  const officers = keys.map(({ publicKey }, n) => ({
    id: `security-${n + 1}`,
    name: 'a',
    roles: ['security-officer'] as const,
    key: bindingOf(publicKey.export({ type: 'spki', format: 'der' })),
  }))
  const units = ['G99.10', ...Array.from({ length: scale.units }, (_, n) => unitOf(n))].sort()
  const document: ConfigurationDocument = {
    ...made,
    units: units.map(code => ({ code, name: TEXT })),
    systems: made.systems.map((system, n) => ({ ...system, bindings: [{ key: hash(`system ${n}`) }] })).sort(byId),
    services: services.toSorted(byId),
    officers,
  }
  return { document, officers: keys.map(({ privateKey }) => privateKey) }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1)
