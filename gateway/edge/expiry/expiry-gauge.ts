import { Gauge, type Registry } from 'prom-client'
import type { Instant } from '../../domain/instant.ts'
import type { CertificatesInUse } from './certificates-in-use.ts'

/** Of two certificates of one name the one that ends first counts. Names are those of the configuration: a closed list. */
export function expiryGauge(registry: Registry, certificates: CertificatesInUse, now: () => Instant): void {
  new Gauge({
    name: 'lienthong_certificate_expiry_seconds',
    help: 'Seconds until the certificate in use ends; below 0: it has expired',
    labelNames: ['kind', 'name'],
    registers: [registry],
    collect() {
      this.reset()
      const latestFirst = certificates.all().toSorted((a, b) => b.until - a.until)
      for (const { kind, name, until } of latestFirst) this.set({ kind, name }, Math.round((until - now()) / 1e6))
    },
  })
}
