import { beforeEach, describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import {
  CertificatesInUse,
  type CertificateInUse,
  type Expiring,
} from '../../../gateway/edge/expiry/certificates-in-use.ts'
import { expiryGauge } from '../../../gateway/edge/expiry/expiry-gauge.ts'

const DAY = 86_400_000
const START = Date.parse('2026-11-22T00:00:00Z')
/** So many days after the start. */
const on = (day: number): Instant => instantOfMillis(START + day * DAY)

let today = 0
let fixed: CertificateInUse[] = []
let told: Expiring[] = []
let certificates: CertificatesInUse

beforeEach(() => {
  today = 0
  fixed = []
  told = []
  certificates = new CertificatesInUse({
    now: () => on(today),
    fixed: () => fixed,
    onWarning: expiring => told.push(expiring),
  })
})

const certificate = (fingerprint: string, until: number, name = 'G99.21/records'): CertificateInUse => ({
  kind: 'system',
  name,
  fingerprint,
  until: on(until),
})
const lookOn = (day: number): string[] => {
  today = day
  told = []
  certificates.look()
  return told.map(({ fingerprint, days }) => `${fingerprint} ${days}`)
}

describe('certificates in use', () => {
  it('are warned of at 30, 14, 7 and 1 days and at the end, once each', () => {
    fixed = [certificate('own', 40)]
    expect(lookOn(0)).toEqual([])
    const days = Array.from({ length: 45 * 24 }, (_, hour) => hour / 24)
    const warned = days.flatMap(day => lookOn(day).map(line => `${line} on day ${day}`))
    expect(warned).toEqual([
      'own 30 on day 10',
      'own 14 on day 26',
      'own 7 on day 33',
      'own 1 on day 39',
      'own 0 on day 40',
    ])
  })

  it('count while a connection is open, and two days behind it', () => {
    const gone = certificates.connected(certificate('a', 20))
    // At once: that it is the first time may mean that it never comes again.
    expect(told.map(({ days }) => days)).toEqual([20])
    expect(lookOn(10)).toEqual(['a 10'])
    gone()
    expect(lookOn(11.9)).toEqual([])
    expect(certificates.all().length).toBe(1)
    expect(lookOn(13)).toEqual([])
    expect(certificates.all()).toEqual([])
  })

  it('a replaced certificate is not spoken of any more, and one that comes back is not told of twice', () => {
    certificates.connected(certificate('old', 16))()
    expect(told.map(({ days }) => days)).toEqual([16])
    expect(lookOn(0)).toEqual([])
    certificates.connected(certificate('new', 300))()
    expect(lookOn(3)).toEqual([])
    certificates.connected(certificate('old', 16))()
    expect(lookOn(3.1)).toEqual(['old 13'])
    expect(lookOn(6)).toEqual([])
    certificates.connected(certificate('old', 16))()
    expect(lookOn(6.1)).toEqual([])
  })

  it('closing twice counts once', () => {
    const first = certificates.connected(certificate('a', 90))
    certificates.connected(certificate('a', 90))
    first()
    first()
    today = 50
    expect(certificates.all().length).toBe(1)
  })

  it('are capped, the longest unseen go', () => {
    for (let n = 0; n < 10_050; n++) certificates.connected(certificate(`c${n}`, 5))()
    expect(certificates.all().length).toBe(10_000)
    expect(certificates.all().some(({ fingerprint }) => fingerprint === 'c49')).toBe(false)
    expect(certificates.all().some(({ fingerprint }) => fingerprint === 'c50')).toBe(true)
  })

  it('are listed with the most urgent first, what lasts longer left out', () => {
    fixed = [certificate('late', 29), certificate('gone', -1), certificate('far', 31)]
    expect(certificates.expiring().map(({ fingerprint, days }) => [fingerprint, days])).toEqual([
      ['gone', -1],
      ['late', 29],
    ])
  })

  it('are a gauge by kind and name, of which the first to end counts', async () => {
    fixed = [certificate('a', 10), certificate('b', 2), certificate('c', 5, 'G99.22/logistics')]
    const registry = new Registry()
    expiryGauge(registry, certificates, () => on(today))
    const lines = (await registry.metrics()).split('\n').filter(line => line.startsWith('lienthong'))
    expect(lines.sort()).toEqual([
      'lienthong_certificate_expiry_seconds{kind="system",name="G99.21/records"} 172800',
      'lienthong_certificate_expiry_seconds{kind="system",name="G99.22/logistics"} 432000',
    ])
  })
})
