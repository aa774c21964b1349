import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterAll } from '@jest/globals'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../../../certs-dev/demo-world.ts'
import {
  type DevelopmentOptions,
  type DevelopmentResult,
  makeDevelopmentCertificates,
} from '../../../certs-dev/make-development-certificates.ts'
import { bindingOfKey } from '../../../gateway/pki/keys.ts'

const base = mkdtempSync(join(tmpdir(), 'lienthong-certs-'))
afterAll(() => rmSync(base, { recursive: true }))

let count = 0
/** A path where nothing is yet; gone after the tests of the file. */
export const newFolder = (): string => join(base, String(++count))

export const NOW = new Date('2026-11-22T01:02:03.456Z')
export const days = (count: number): Date => new Date(NOW.getTime() + count * 86_400_000)

/** Two systems and one officer of the demo world, unless told. */
export const make = (out: string, options: Partial<DevelopmentOptions> = {}): Promise<DevelopmentResult> =>
  makeDevelopmentCertificates({
    out,
    systems: DEMO_SYSTEMS.slice(0, 2),
    officers: DEMO_OFFICERS.slice(0, 1),
    gatewayId: DEMO_GATEWAY,
    now: NOW,
    ...options,
  })

export const read = (out: string, name: string): string => readFileSync(join(out, name), 'utf8')
export const certificate = (out: string, name: string): X509Certificate => new X509Certificate(read(out, `${name}.crt`))
export const binding = (out: string, name: string): string => bindingOfKey(certificate(out, name).publicKey)

/** Certificates of the small world, in the order in which they are made. */
export const ALL = [
  'ca.crt',
  'issuing.crt',
  'gateway.crt',
  'G99.10.data-centre.crt',
  'G99.21.records.crt',
  'officer.security-1.crt',
  'crl.pem',
]
export const LEAVES = ALL.slice(2, -1)
