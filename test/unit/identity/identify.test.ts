import { beforeAll, describe, expect, it } from '@jest/globals'
import { type Instant, instant, type Minute, minuteOf } from '../../../gateway/domain/instant.ts'
import { must } from '../../../gateway/domain/result.ts'
import { parseUnitCode } from '../../../gateway/domain/unit-code.ts'
import { identify, type IdentityRefusal, problemOf, type Revocations } from '../../../gateway/identity/identify.ts'
import type { PeerCertificate } from '../../../gateway/identity/peer-certificate.ts'
import { catalogue } from '../../../gateway/problems/catalogue.ts'
import { AT, issuer, realChain, registry, type RegistryChanges, revocations, system, without } from './world.ts'

let peer: PeerCertificate
let nameless: PeerCertificate
beforeAll(async () => {
  peer = (await realChain()).peer
  nameless = (await realChain({ uris: [] })).peer
})

interface Wrong {
  readonly reason: IdentityRefusal
  readonly at?: () => Instant
  readonly peer?: Partial<PeerCertificate>
  readonly registry?: RegistryChanges
  readonly revocations?: Revocations
}

const unit = (code: string) => must(parseUnitCode(code))
const minutes = (count: number): Minute => (minuteOf(AT) + count) as Minute

/** Every refusal, in the order of the checks. Each wins over all below it. */
const ORDER: readonly Wrong[] = [
  { reason: 'not-yet-valid', at: () => instant(peer.validFrom - 1) },
  { reason: 'expired', at: () => peer.validUntil },
  { reason: 'unregistered-issuer', registry: { issuer: null } },
  { reason: 'revoked', revocations: revocations('revoked') },
  { reason: 'revocation-unknown', revocations: revocations('unknown') },
  { reason: 'unbound-key', registry: { system: null } },
  { reason: 'binding-not-in-force', registry: { binding: { from: minutes(100_000) } } },
  { reason: 'issuer-may-not-name-unit', registry: { issuer: { units: [unit('G99.10')] } } },
  { reason: 'san-mismatch', peer: { sanUris: ['urn:lienthong:system:G99.10/data-centre'] } },
  { reason: 'suspended', registry: { system: { suspended: true } } },
]

function identifyWith(...wrongs: readonly Wrong[]) {
  const changes = Object.assign({}, ...wrongs.map(wrong => wrong.registry ?? {})) as RegistryChanges
  const changed = Object.assign({}, ...wrongs.map(wrong => wrong.peer ?? {})) as Partial<PeerCertificate>
  // The last one given counts.
  const at = wrongs.findLast(wrong => wrong.at)?.at?.() ?? AT
  const known = wrongs.findLast(wrong => wrong.revocations)?.revocations ?? revocations()
  return identify(without(peer, changed), registry(changes), known, at)
}

const outcome = (result: ReturnType<typeof identify>) => (result.ok ? result.value.id : result.error)

describe('identify', () => {
  it('finds the one system that the key is bound to', () => {
    expect(identifyWith()).toEqual({ ok: true, value: system() })
  })

  it.each(ORDER.map(wrong => [wrong.reason, wrong] as const))('refuses %s', (reason, wrong) => {
    expect(outcome(identifyWith(wrong))).toBe(reason)
  })

  const exclusive = [
    // One time cannot be before and behind; a system that is not registered has no binding and is not suspended.
    ['not-yet-valid', 'expired'],
    ['unregistered-issuer', 'issuer-may-not-name-unit'],
    ['unbound-key', 'suspended'],
  ]
  const pairs = ORDER.flatMap((first, i) => ORDER.slice(i + 1).map(later => [first, later] as const))
  it.each(
    pairs
      .filter(([a, b]) => !exclusive.some(([x, y]) => a.reason === x && b.reason === y))
      .map(([a, b]) => [a.reason, b.reason, a, b] as const),
  )('refuses %s before %s', (reason, _, first, later) => {
    expect(outcome(identifyWith(later, first))).toBe(reason)
  })

  it('has a code for every refusal', () => {
    expect(ORDER.map(({ reason }) => reason).sort()).toEqual(Object.keys(problemOf).sort())
    for (const code of Object.values(problemOf)) expect(catalogue[code].status).toBe(401)
  })
})

describe('dates', () => {
  it.each<[string, () => Instant, string]>([
    ['the first microsecond', () => peer.validFrom, 'G99.21/records'],
    ['the last microsecond', () => instant(peer.validUntil - 1), 'G99.21/records'],
  ])('%s counts', (_, at, expected) => {
    expect(outcome(identify(peer, registry(), revocations(), at()))).toBe(expected)
  })

  it.each<[string, RegistryChanges['binding'], string]>([
    ['open at both ends', {}, 'G99.21/records'],
    ['begins this minute', { from: minutes(0) }, 'G99.21/records'],
    ['begins next minute', { from: minutes(1) }, 'binding-not-in-force'],
    ['ends next minute', { until: minutes(1) }, 'G99.21/records'],
    ['ended as this minute began', { until: minutes(0) }, 'binding-not-in-force'],
  ])('a binding that is or %s', (_, binding, expected) => {
    expect(outcome(identifyWith({ reason: 'expired', registry: { binding: binding ?? {} } }))).toBe(expected)
  })
})

describe('what an issuer may name', () => {
  it.each([
    // The units it is registered for, and all below them: by whole levels.
    [['G99'], 'G99.21/records'],
    [['G99.21'], 'G99.21/records'],
    [['G99.10', 'G99.21'], 'G99.21/records'],
    [['G99.2'], 'issuer-may-not-name-unit'],
    [['G99.21.1'], 'issuer-may-not-name-unit'],
    [['A99'], 'issuer-may-not-name-unit'],
    [[], 'issuer-may-not-name-unit'],
  ])('%j: %s', (units, expected) => {
    expect(outcome(identifyWith({ reason: 'expired', registry: { issuer: { units: units.map(unit) } } }))).toBe(
      expected,
    )
  })

  it('is looked up by the key of the issuer, not by its name', () => {
    const stranger = { ...registry(), issuerByKey: () => null }
    expect(outcome(identify(peer, stranger, revocations(), AT))).toBe('unregistered-issuer')
  })
})

describe('the SAN', () => {
  const own = 'urn:lienthong:system:G99.21/records'
  it.each<[string, readonly string[], 'required' | 'absent', string]>([
    ['the own one', [own], 'required', 'G99.21/records'],
    ['none', [], 'required', 'san-mismatch'],
    ['two', [own, own], 'required', 'san-mismatch'],
    ['the own and another', [own, 'https://example.org'], 'required', 'san-mismatch'],
    ['another unit', ['urn:lienthong:system:G99.2/records'], 'required', 'san-mismatch'],
    ['capitals', ['URN:lienthong:system:G99.21/records'], 'required', 'san-mismatch'],
    ['an officer', ['urn:lienthong:officer:security-1'], 'required', 'san-mismatch'],
    ['more behind it', [`${own}/x`], 'required', 'san-mismatch'],
    // An authority that cannot set it: the binding stands alone, and a name that is there all the same is foreign.
    ['none, where the authority sets none', [], 'absent', 'G99.21/records'],
    ['one, where the authority sets none', [own], 'absent', 'san-mismatch'],
  ])('%s', (_, sanUris, san, expected) => {
    expect(outcome(identifyWith({ reason: 'expired', peer: { sanUris }, registry: { issuer: { san } } }))).toBe(
      expected,
    )
  })

  it('of a real certificate without one is enough where the authority sets none', () => {
    expect(outcome(identify(nameless, registry({ issuer: { san: 'absent' } }), revocations(), AT))).toBe(
      'G99.21/records',
    )
    expect(issuer().san).toBe('required')
  })
})

describe('revocation of the whole chain', () => {
  it.each([
    ['good', 'good', 'G99.21/records'],
    ['good', 'unknown', 'revocation-unknown'],
    ['unknown', 'good', 'revocation-unknown'],
    ['good', 'revoked', 'revoked'],
    // Any "revoked" wins over any "unknown".
    ['unknown', 'revoked', 'revoked'],
    ['revoked', 'unknown', 'revoked'],
  ] as const)('leaf %s, authority %s: %s', (ofLeaf, ofAuthority, expected) => {
    expect(outcome(identifyWith({ reason: 'revoked', revocations: revocations(ofLeaf, ofAuthority) }))).toBe(expected)
  })

  it('is unknown for a link whose issuer did not come', () => {
    const [first] = peer.chain
    const cut = without(peer, { chain: first ? [first, { ...first, issuerKey: null }] : [] })
    expect(outcome(identify(cut, registry(), revocations(), AT))).toBe('revocation-unknown')
  })

  it('of no chain at all is no identity', () => {
    expect(outcome(identify(without(peer, { chain: [] }), registry(), revocations(), AT))).toBe('unregistered-issuer')
  })
})
