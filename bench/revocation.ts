/** `npm run bench:build && node var/bench/bench/revocation.js`: what looking up a revocation costs, with 0 to 100,000 entries. */
import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { instantOfMillis } from '../gateway/domain/instant.ts'
import { LiveRevocations } from '../gateway/edge/revocation/live-revocations.ts'
import { readCrlsAside } from '../gateway/edge/revocation/read-crls-aside.ts'
import { bindingOfKey, makeKey } from '../gateway/pki/keys.ts'
import { makeAuthority } from '../gateway/pki/make-authority.ts'
import { makeCrl } from '../gateway/pki/make-crl.ts'
import { round, table } from './print.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const DAY = 86_400_000
/** From var/bench/bench, where this file is built to: the worker is no import of anybody. */
const WORKER = new URL('../../../dist/gateway/edge/revocation/read-crls-worker.js', import.meta.url)
const ROUNDS = 200
const LOOKUPS = 1_000

const dates = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 30 * DAY) }
const authority = await makeAuthority({
  subject: { commonName: 'Benchmark', organization: 'Benchmark' },
  key: makeKey(),
  issuer: null,
  ...dates,
})
const key = bindingOfKey(authority.key)
const now = () => instantOfMillis(Date.now())
const serials = (count: number): readonly string[] =>
  Array.from({ length: count }, () => `40${randomBytes(15).toString('hex')}`)

interface Cost {
  readonly entries: number
  readonly lookupNanos: number
  readonly loadMillis: number
  readonly stallMillis: number
}

async function costOf(entries: number): Promise<Cost> {
  const revoked = serials(entries).map(serial => ({ serial, at: dates.notBefore, reason: 'superseded' as const }))
  const bytes = Buffer.from(makeCrl(authority, revoked, 1, dates.notBefore, dates.notAfter))
  const live = new LiveRevocations({
    read: readCrlsAside(WORKER),
    now,
    onChange: () => undefined,
    onTaken: () => undefined,
    onOcspProblem: () => undefined,
  })
  live.follow([
    {
      name: 'benchmark-ca',
      key,
      certificates: [authority.certificate],
      units: [],
      namesOfficers: false,
      san: 'required',
      revocation: { crl: [], ocsp: null, graceMillis: 0 },
      development: true,
    },
  ])
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  await live.load(bytes)
  const loadMillis = performance.now() - began
  // One turn more, so that the last stretch is counted too.
  await new Promise(resolve => setTimeout(resolve, 5))
  delay.disable()
  return { entries, lookupNanos: lookupNanos(live), loadMillis, stallMillis: delay.max / 1e6 }
}

/** Of serial numbers that are not revoked, the usual case; the best round. */
function lookupNanos(live: LiveRevocations): number {
  const asked = serials(LOOKUPS)
  const at = now()
  let best = Infinity
  for (let count = 0; count < ROUNDS; count++) {
    const began = performance.now()
    for (const serial of asked) if (live.statusOf(key, serial, at) !== 'good') throw new Error('not good')
    best = Math.min(best, ((performance.now() - began) * 1e6) / LOOKUPS)
  }
  return best
}

// Warms the compiler up.
await costOf(1_000)
const costs: Cost[] = []
for (const entries of [0, 1_000, 10_000, 100_000]) costs.push(await costOf(entries))
if (values.json) console.log(JSON.stringify(costs, null, 2))
else
  console.log(
    table(
      ['entries', 'lookup, ns', 'load, ms', 'longest stall, ms'],
      costs.map(({ entries, lookupNanos: nanos, loadMillis, stallMillis }) => [
        entries,
        round(nanos, 0),
        round(loadMillis),
        round(stallMillis),
      ]),
    ),
  )
