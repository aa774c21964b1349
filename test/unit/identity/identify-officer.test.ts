import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Issuer, Officer } from '../../../gateway/configuration/objects.ts'
import { type Instant, instant } from '../../../gateway/domain/instant.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { identifyOfficer, officerProblemOf, type OfficerRefusal } from '../../../gateway/identity/identify-officer.ts'
import type { Revocations } from '../../../gateway/identity/identify.ts'
import type { PeerCertificate } from '../../../gateway/identity/peer-certificate.ts'
import { catalogue } from '../../../gateway/problems/catalogue.ts'
import { AT, issuer, LEAF_KEY, realChain, revocations } from './world.ts'

const SAN = 'urn:lienthong:officer:security-1'
let peer: PeerCertificate
beforeAll(async () => {
  peer = (await realChain({ uris: [SAN] })).peer
})

const security1 = (): Officer => ({
  id: must(parseOfficerId('security-1')),
  name: 'Security officer 1',
  roles: ['security-officer'],
  units: [],
  key: LEAF_KEY(),
  disabled: false,
  recoveredOn: null,
  secondFactor: false,
  authenticators: [],
})

interface Scene {
  readonly at?: () => Instant
  readonly peer?: Partial<PeerCertificate>
  readonly officer?: Partial<Officer> | null
  readonly issuer?: Partial<Issuer> | null
  readonly revocations?: Revocations
}

function identify(scene: Scene = {}) {
  const officer = scene.officer === null ? null : { ...security1(), ...scene.officer }
  const registered = scene.issuer === null ? null : issuer(scene.issuer)
  return identifyOfficer(
    { ...peer, ...scene.peer },
    {
      officerByKey: key => (officer?.key === key ? officer : null),
      issuerByKey: key => (registered?.key === key ? registered : null),
    },
    scene.revocations ?? revocations(),
    (scene.at ?? (() => AT))(),
  )
}

describe('identifyOfficer', () => {
  it('finds the officer that the key is bound to, disabled ones too: that is for whoever admits to say', () => {
    expect(must(identify()).id).toBe('security-1')
    expect(must(identify({ officer: { disabled: true } })).disabled).toBe(true)
  })

  it.each<[OfficerRefusal, Scene]>([
    ['not-yet-valid', { at: () => instant(peer.validFrom - 1) }],
    ['expired', { at: () => peer.validUntil }],
    ['unregistered-issuer', { issuer: null }],
    ['revoked', { revocations: revocations('revoked') }],
    ['revocation-unknown', { revocations: revocations('unknown') }],
    ['unbound-key', { officer: null }],
    ['issuer-may-not-name-officers', { issuer: { namesOfficers: false } }],
    ['san-mismatch', { peer: { sanUris: ['urn:lienthong:officer:security-2'] } }],
    ['san-mismatch', { peer: { sanUris: ['urn:lienthong:system:G99.21/records'] } }],
    ['san-mismatch', { peer: { sanUris: [] } }],
    ['san-mismatch', { peer: { sanUris: [SAN, SAN] } }],
    ['san-mismatch', { issuer: { san: 'absent' } }],
  ])('refuses %s', (reason, scene) => {
    expect(identify(scene)).toEqual({ ok: false, error: reason })
  })

  it('takes a certificate without a name of an authority that cannot set one', () => {
    expect(identify({ issuer: { san: 'absent' }, peer: { sanUris: [] } }).ok).toBe(true)
  })

  it('tells nobody which keys are officers’', () => {
    const codes = (['unbound-key', 'issuer-may-not-name-officers', 'san-mismatch'] as const).map(
      r => officerProblemOf[r],
    )
    expect(new Set(codes)).toEqual(new Set(['officer-unknown']))
    for (const code of Object.values(officerProblemOf)) expect(catalogue[code].status).toBe(401)
  })
})
