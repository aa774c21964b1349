import { describe, expect, it } from '@jest/globals'
import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import { createPublicKey } from 'node:crypto'
import type { Officer } from '../../../gateway/configuration/objects.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { type Assertion, checkAssertion, isAssertion } from '../../../gateway/identity/check-assertion.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import {
  coseOf,
  type Mischief,
  softwareAuthenticator,
  type SoftwareAuthenticator,
} from '../../support/office/software-authenticator.ts'

const ORIGIN = 'https://office.example:8444'
const DIGEST = digestOf('a change')
const CHALLENGE = Buffer.from(DIGEST, 'hex').toString('base64url')
const idOf = (name: string) => must(parseOfficerId(name))

const officer = (name: string, held: readonly SoftwareAuthenticator[], disabled = false): Officer => ({
  id: idOf(name),
  name,
  roles: ['security-officer'],
  units: [],
  key: bindingOfKey(makeKey()),
  disabled,
  recoveredOn: null,
  secondFactor: false,
  authenticators: held.map(({ id, publicKey }) => ({ id, publicKey, key: bindingOfKey(createPublicKey(publicKey)) })),
})

const own = softwareAuthenticator(ORIGIN)
const rsa = softwareAuthenticator(ORIGIN, 'rsa')
const foreign = softwareAuthenticator(ORIGIN)
const officers = [officer('security-1', [own, rsa]), officer('security-2', [foreign])]

const word = (authenticator: SoftwareAuthenticator, mischief: Mischief = {}, name = 'security-1'): Assertion => ({
  officer: idOf(name),
  ...authenticator.assert(CHALLENGE, mischief),
})
const check = (assertion: Assertion, among = officers, origin: string | null = ORIGIN) =>
  checkAssertion(assertion, DIGEST, origin, among)

describe("an officer's word from a browser", () => {
  it.each([
    ['P-256', own],
    ['RSA', rsa],
  ])('holds with a %s authenticator, and the kept library agrees', async (_, authenticator) => {
    const assertion = word(authenticator)
    expect(must(check(assertion)).id).toBe('security-1')
    const { verified } = await agrees(assertion, authenticator)
    expect(verified).toBe(true)
  })

  it('holds whatever the counter says: the same assertion is verified at every start', () => {
    for (const counter of [0, 1, 7, 0xffffffff]) expect(check(word(own, { counter })).ok).toBe(true)
  })

  const elsewhere: readonly (readonly [string, Mischief, string])[] = [
    ['at another origin', { origin: 'https://office.example.evil' }, 'signed at another origin'],
    ['at the same host on another port', { origin: 'https://office.example:8445' }, 'signed at another origin'],
    ['for another relying party', { rpId: 'evil.example' }, 'signed for another relying party'],
    [
      'over another challenge',
      { challenge: Buffer.from(digestOf('b'), 'hex').toString('base64url') },
      'signed over another text',
    ],
    ['without user verification', { flags: 0x01 }, 'the authenticator did not verify its user'],
    ['without anybody present', { flags: 0x04 }, 'nobody was present'],
    ['as a registration', { type: 'webauthn.create' }, 'not an assertion'],
    ['inside a page of another origin', { crossOrigin: true }, 'signed inside a page of another origin'],
  ]
  it.each(elsewhere)('made %s does not hold', (_, mischief, reason) => {
    expect(check(word(own, mischief))).toEqual({ ok: false, error: reason })
  })

  const NOBODY = 'signed by no authenticator of an active officer'
  it.each<[string, () => ReturnType<typeof check>, string]>([
    ["with another officer's authenticator under one's own name", () => check(word(foreign)), NOBODY],
    [
      "with one's own authenticator under the id of another's",
      () => check({ ...word(own, {}, 'security-2'), id: foreign.id }),
      'the signature does not hold',
    ],
    ['with an authenticator of nobody', () => check(word(softwareAuthenticator(ORIGIN))), NOBODY],
    ['by a disabled officer', () => check(word(own), [officer('security-1', [own], true)]), NOBODY],
    [
      'where the genesis names no origin',
      () => check(word(own), officers, null),
      'the genesis names no office origin: nobody signs in a browser',
    ],
    [
      'with authenticator data cut short',
      () => check({ ...word(own), authenticatorData: 'AAAA' }),
      'authenticator data that cannot be read',
    ],
    [
      'with client data that is no JSON',
      () => check({ ...word(own), clientDataJSON: 'AAAA' }),
      'client data that cannot be read',
    ],
    [
      'with client data that is null',
      () => check({ ...word(own), clientDataJSON: Buffer.from('null').toString('base64url') }),
      'not an assertion',
    ],
    ['with one more member', () => check({ ...word(own), more: 'a' } as never), 'no assertion'],
    ['with a signature that is none', () => check({ ...word(own), signature: 'AAAA' }), 'the signature does not hold'],
  ])('%s does not hold', (_, run, reason) => {
    expect(run()).toEqual({ ok: false, error: reason })
  })

  it('with any bit of what is signed changed does not hold', () => {
    const assertion = word(own)
    for (const name of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
      const bytes = Buffer.from(assertion[name], 'base64url')
      for (let i = 0; i < bytes.length; i++) {
        const changed = Buffer.from(bytes)
        changed[i] = (changed[i] ?? 0) ^ 0x10
        expect(check({ ...assertion, [name]: changed.toString('base64url') }).ok).toBe(false)
      }
    }
  })

  it.each([
    [null],
    ['a'],
    [{}],
    [{ ...word(own), id: 'not base64url!' }],
    [{ ...word(own), signature: 'A'.repeat(5000) }],
  ])('has its shape: %j has not', value => {
    expect(isAssertion(value)).toBe(false)
  })
})

/** What @simplewebauthn/server says of the same assertion. */
const agrees = (
  { id, authenticatorData, clientDataJSON, signature }: Assertion,
  { publicKey }: SoftwareAuthenticator,
) =>
  verifyAuthenticationResponse({
    response: {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: { authenticatorData, clientDataJSON, signature },
    },
    expectedChallenge: CHALLENGE,
    expectedOrigin: ORIGIN,
    expectedRPID: 'office.example',
    requireUserVerification: true,
    credential: { id, publicKey: new Uint8Array(coseOf(createPublicKey(publicKey))), counter: 0 },
  })
