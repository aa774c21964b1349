import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { X509Certificate } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeKey } from '../../../gateway/pki/keys.ts'
import { runRows } from '../../support/refusals/run-rows.ts'
import type { Row } from '../../support/refusals/row.ts'
import { eventually, RECORDS, type Scene, setScene } from '../../support/refusals/scene.ts'
import { ask, askGood } from '../../support/revocation/ask.ts'
import { makeOcspResponse, type ResponseWish } from '../../support/revocation/ocsp-response.ts'
import { startTestResponder, type TestResponder } from '../../support/revocation/ocsp-responder.ts'
import {
  addOwnIssuer,
  type IssuerWish,
  listOf,
  type OwnIssuer,
  publish,
  publishAndWait,
} from '../../support/revocation/own-issuer.ts'

/** Each row has an issuer of its own, so that none depends on another. */
const issuers = new Map<string, OwnIssuer>()
const of = (name: string): OwnIssuer => {
  const issuer = issuers.get(name)
  if (!issuer) throw new Error(`no issuer ${name}`)
  return issuer
}

const HOUR = 3_600_000
const inHours = (count: number): Date => new Date(Date.now() + count * HOUR)
/** How the responder speaks of each issuer's certificates; null: it does not answer. */
const words: Readonly<Record<string, Partial<ResponseWish> | null>> = {
  'ocsp-good': { status: 'good' },
  'ocsp-revoked': { status: 'revoked' },
  'ocsp-unknown': { status: 'unknown' },
  'ocsp-stale': { thisUpdate: inHours(-2), nextUpdate: inHours(-1) },
  'ocsp-forged': { key: makeKey() },
  'ocsp-replayed': { nonce: Buffer.alloc(32, 1) },
  'ocsp-silent': null,
  'ocsp-and-list': { status: 'good' },
}

const refused = { records: ['refusal'], status: 401, forwarded: 'no', closes: true } as const
const revokedRow = { ...refused, code: 'certificate-revoked', detail: 'revoked' } as const
const unknownRow = { ...refused, code: 'revocation-unknown', detail: 'revocation-unknown' } as const

/** Publishes lists of an issuer once its system was served, then asks again. */
const after =
  (name: string, lists: (issuer: OwnIssuer) => readonly (string | Uint8Array)[]) => async (scene: Scene) => {
    const issuer = of(name)
    await askGood(scene, issuer.system)
    await publishAndWait(scene.world.certsDir, scene.world.gateway, `${name}.crl`, ...lists(issuer))
    return ask(scene, issuer.system)
  }
/** The system was revoked by a list; then something comes that would make it good again. */
const afterRevoking =
  (name: string, lists: (issuer: OwnIssuer) => readonly (string | Uint8Array)[]) => async (scene: Scene) => {
    const issuer = of(name)
    const { certsDir, gateway } = scene.world
    await askGood(scene, issuer.system)
    await publishAndWait(
      certsDir,
      gateway,
      `${name}.crl`,
      listOf(issuer.authority, { number: 5, revoked: [issuer.serial] }),
    )
    await publishAndWait(certsDir, gateway, `${name}.crl`, ...lists(issuer))
    return ask(scene, issuer.system)
  }
const serialOf = (certificate: string): string => new X509Certificate(certificate).serialNumber
const der = (pem: string): Uint8Array => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

const listRows: readonly Row[] = [
  {
    what: 'a list revokes the certificate',
    call: after('leaf', ({ authority, serial }) => [listOf(authority, { number: 2, revoked: [serial] })]),
    ...revokedRow,
  },
  {
    what: 'a list in DER revokes the certificate',
    call: after('in-der', ({ authority, serial }) => [der(listOf(authority, { number: 2, revoked: [serial] }))]),
    ...revokedRow,
  },
  {
    what: "the root's list revokes the intermediate authority",
    call: after('intermediate', ({ authority, root }) => [
      listOf(root, { number: 2, revoked: [serialOf(authority.certificate)] }),
    ]),
    ...revokedRow,
  },
  {
    what: 'the list has gone stale',
    async call(scene) {
      const { system, authority } = of('stale')
      const { certsDir, gateway } = scene.world
      const { seen } = scene.world.provider
      const before = seen.length
      await askGood(scene, system)
      await publishAndWait(certsDir, gateway, 'stale.crl', listOf(authority, { number: 2, until: 1_000 }))
      await eventually(
        async () => (await ask(scene, system)).status,
        status => status === 401,
      )
      // Those before the end of the list were served.
      seen.length = before
      return ask(scene, system)
    },
    ...unknownRow,
  },
  { what: 'there never was a list', call: scene => ask(scene, of('listless').system), ...unknownRow },
  {
    what: 'the only list was forged under the name of the issuer',
    call: scene => ask(scene, of('forged-only').system),
    ...unknownRow,
  },
  {
    what: 'a forged list that would take the revocation back',
    call: afterRevoking('forged', ({ authority }) => [listOf({ ...authority, key: makeKey() }, { number: 9 })]),
    ...revokedRow,
  },
  {
    what: 'an older list is replayed that would take the revocation back',
    call: afterRevoking('replayed', ({ authority }) => [listOf(authority, { number: 4, until: 9 * HOUR })]),
    ...revokedRow,
  },
  {
    what: 'the list at the distribution point revokes it',
    call: scene => ask(scene, of('at-point').system),
    ...revokedRow,
  },
]

const ocspRows: readonly Row[] = [
  { what: 'the responder says revoked', call: scene => ask(scene, of('ocsp-revoked').system), ...revokedRow },
  { what: 'the responder says unknown', call: scene => ask(scene, of('ocsp-unknown').system), ...unknownRow },
  { what: "the responder's answer is stale", call: scene => ask(scene, of('ocsp-stale').system), ...unknownRow },
  { what: "the responder's answer is forged", call: scene => ask(scene, of('ocsp-forged').system), ...unknownRow },
  { what: "the responder's answer is another's", call: scene => ask(scene, of('ocsp-replayed').system), ...unknownRow },
  {
    what: 'the responder does not answer',
    async call(scene) {
      const began = Date.now()
      const outcome = await ask(scene, of('ocsp-silent').system)
      // Waited for it, but not for long.
      expect(Date.now() - began).toBeGreaterThan(2_000)
      return outcome
    },
    ...unknownRow,
  },
  {
    what: 'the responder says good, the list says revoked',
    call: after('ocsp-and-list', ({ authority, serial }) => [listOf(authority, { number: 2, revoked: [serial] })]),
    ...revokedRow,
  },
]

describe('what says that a certificate is revoked, or does not say', () => {
  let scene: Scene
  let responder: TestResponder
  let point: Server

  beforeAll(async () => {
    responder = await startTestResponder(({ serial, nonce }) => {
      const issuer = [...issuers.values()].find(one => BigInt(`0x${one.serial}`) === BigInt(`0x${serial}`))
      const word = issuer ? (words[issuer.name] ?? null) : null
      if (!issuer || word === null) return null
      return makeOcspResponse({
        issuer: issuer.authority,
        serial,
        nonce,
        status: 'good',
        thisUpdate: inHours(-0.01),
        nextUpdate: inHours(1),
        ...word,
      })
    })
    let pointed = ''
    point = createServer((_request, response) => void response.end(der(pointed)))
    await new Promise<void>(resolve => point.listen(0, '127.0.0.1', resolve))
    const crlUrl = `http://127.0.0.1:${(point.address() as AddressInfo).port}/list.crl`

    scene = await setScene({
      configure: async (files, certsDir) => {
        const add = async (name: string, wish: IssuerWish = {}): Promise<OwnIssuer> => {
          const issuer = await addOwnIssuer(files, certsDir, name, wish)
          issuers.set(name, issuer)
          return issuer
        }
        for (const name of ['leaf', 'in-der', 'stale', 'forged', 'replayed'])
          publish(certsDir, `${name}.crl`, listOf((await add(name)).authority, { number: 1 }))
        const { authority, root } = await add('intermediate', { intermediate: true })
        publish(certsDir, 'intermediate.crl', listOf(root, { number: 1 }), listOf(authority, { number: 1 }))
        await add('listless')
        const forged = await add('forged-only')
        publish(certsDir, 'forged-only.crl', listOf({ ...forged.authority, key: makeKey() }, { number: 1 }))
        for (const name of Object.keys(words)) await add(name, { revocation: { ocsp: { url: responder.url } } })
        publish(certsDir, 'ocsp-and-list.crl', listOf(of('ocsp-and-list').authority, { number: 1 }))
        const { authority: pointing, serial } = await add('at-point', { revocation: { crl: [crlUrl] } })
        pointed = listOf(pointing, { number: 1, revoked: [serial] })
      },
    })
  })
  afterAll(async () => {
    await scene?.close()
    await responder?.close()
    point?.close()
  })

  describe('lists', () => runRows(() => scene, listRows))

  describe('OCSP', () => {
    it('a responder that says good lets pass, and is asked once for many calls', async () => {
      const { system, serial } = of('ocsp-good')
      const asked = (): number =>
        responder.asked.filter(one => BigInt(`0x${one.serial}`) === BigInt(`0x${serial}`)).length
      for (let call = 0; call < 3; call++) expect((await ask(scene, system)).status).toBe(200)
      expect(asked()).toBe(1)
    })

    runRows(() => scene, ocspRows)
  })

  it("one issuer's trouble leaves the other issuers' systems alone, and the gateway ready", async () => {
    expect((await ask(scene, RECORDS)).status).toBe(200)
    const health = await fetch(`http://127.0.0.1:${scene.world.gateway.opsPort}/readyz`)
    const { parts } = (await health.json()) as { parts: readonly { part: string; detail: string }[] }
    expect(health.status).toBe(200)
    const detail = parts.find(({ part }) => part === 'revocation lists')?.detail
    expect(detail).toMatch(/development-ca fresh until/)
    expect(detail).toMatch(/; stale refused: stale since/)
    expect(detail).toMatch(/; listless refused: a list is missing/)
  })

  it('the operations log says why a list is of no use, and no older list comes in behind a restart', async () => {
    const { world } = scene
    const problems = world.gateway
      .log()
      .split('\n')
      .filter(line => line.includes('a revocation list is of no use'))
    expect(problems.some(line => line.includes('no registered authority signed'))).toBe(true)
    expect(problems.some(line => line.includes('number 4 is not above 5'))).toBe(true)
    await world.gateway.stop()
    await world.restart()
    // What lies there is the older list; what the gateway kept is the newer one.
    expect((await ask(scene, of('replayed').system)).json?.code).toBe('certificate-revoked')
    expect(world.gateway.log()).toContain('number 4 is not above 5')
  })
})
