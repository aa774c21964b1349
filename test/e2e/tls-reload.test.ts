import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../../gateway/domain/result.ts'
import { gatewaySanOf, parseGatewayId } from '../../gateway/domain/gateway-id.ts'
import { makeKey } from '../../gateway/pki/keys.ts'
import type { Authority } from '../../gateway/pki/sign-certificate.ts'
import { type Load, startLoad } from '../support/load/closed-loop.ts'
import { listCall } from '../support/load/permitted-calls.ts'
import { keyOf, newAuthority, writeCertificate, writeCrls } from '../support/refusals/certificates.ts'
import { applyRevision } from '../support/refusals/next-revision.ts'
import { openRaw, type RawConnection, requestText } from '../support/refusals/raw-connection.ts'
import { LIST } from '../support/refusals/row.ts'
import { eventually, RECORDS, type Scene, setScene } from '../support/refusals/scene.ts'
import { flood } from '../support/tls/flood.ts'
import { change } from '../support/world/configuration-directory.ts'

const CALLERS = 6
const FLOOD = 2_000
const REQUEST = requestText(`GET ${LIST.path} HTTP/1.1`, [
  ['Host', 'localhost'],
  ['Exchange-Purpose', 'reference-data'],
])

describe('under load', () => {
  let scene: Scene
  let load: Load
  /** Open since before anything changed; used behind each change. */
  let kept: RawConnection
  let other: Authority

  beforeAll(async () => {
    other = await newAuthority('Other')
    scene = await setScene({
      configure: files =>
        change(
          files,
          'agreements/records-categories.yaml',
          'limits: { perMinute: 600, concurrent: 16,',
          'limits: { perMinute: 1000000, concurrent: 1000,',
        ),
    })
    const client = scene.world.client(RECORDS)
    load = startLoad([{ client, system: 'G99.21/records', call: listCall }], CALLERS)
    kept = await scene.raw(RECORDS)
  })
  afterAll(async () => {
    await load?.stop()
    await scene?.close()
  })

  /** What the gateway shows on a new connection. */
  async function shown(): Promise<string> {
    const { socket } = await scene.raw(RECORDS)
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }

  /** Writes key and certificate of the gateway beside the present ones; `put` moves one of them into its place. */
  async function newCertificate(key: KeyObject, notAfter?: Date) {
    const { certsDir } = scene.world
    const uris = [gatewaySanOf(must(parseGatewayId('gateway-1')))]
    const dates = notAfter ? { notAfter } : {}
    await writeCertificate(certsDir, 'renewed', { system: 'gateway', key, uris, ...dates })
    const certificate = new X509Certificate(readFileSync(join(certsDir, 'renewed.crt')))
    return {
      fingerprint: certificate.fingerprint256,
      put: (ending: 'key' | 'crt') =>
        renameSync(join(certsDir, `renewed.${ending}`), join(certsDir, `gateway.${ending}`)),
    }
  }

  const complaints = (): number =>
    scene.world.gateway.log().split('certificate of the gateway cannot be used').length - 1

  async function stillGood(): Promise<void> {
    kept.send(REQUEST)
    expect((await kept.answer()).status).toBe(200)
    const failed = load.ledger.filter(({ status }) => status !== 200)
    expect(failed).toEqual([])
  }

  it.each([
    ['RSA of 2048 bits, the key first', makeKey('rsa'), ['key', 'crt']],
    ['P-384, the certificate first', makeKey('p384'), ['crt', 'key']],
  ] as const)(
    'a renewed certificate (%s) is shown to new connections; no exchange fails',
    async (_what, key, order) => {
      const before = load.ledger.length
      const { fingerprint, put } = await newCertificate(key)
      const [first, second] = order
      put(first)
      // Half of a pair is used for nothing: longer than the gateway takes to look.
      await new Promise(resolve => setTimeout(resolve, 1_500))
      expect(await shown()).not.toBe(fingerprint)
      put(second)
      await eventually(shown, found => found === fingerprint, 20_000)
      await eventually(
        () => load.ledger.length,
        length => length > before + CALLERS,
      )
      await stillGood()
    },
  )

  it('a certificate that has expired already is not taken; the present one stays, and it is logged once', async () => {
    const before = await shown()
    const { put } = await newCertificate(makeKey(), new Date(Date.now() - 1_000))
    put('key')
    put('crt')
    await eventually(complaints, times => times === 1, 20_000)
    expect(await shown()).toBe(before)
    await stillGood()
    expect(complaints()).toBe(1)
  })

  it('a revision that adds an issuer lets its certificates in; no exchange fails', async () => {
    const { certsDir, gateway } = scene.world
    // Its key file is taken: any name will do.
    const key = keyOf(certsDir, RECORDS)
    await writeCertificate(certsDir, 'newcomer', { system: 'G99.21/records', key, issuer: other })
    const ask = async (): Promise<unknown> => {
      const raw = await openRaw(certsDir, gateway.exchangePort, 'newcomer')
      raw.send(REQUEST)
      const { status, json } = await raw.answer()
      raw.socket.destroy()
      return json?.code ?? status
    }
    expect(await ask()).toBe('certificate-untrusted')
    writeCrls(certsDir, [other])
    await applyRevision(scene.world, document => ({
      ...document,
      issuers: [
        ...document.issuers,
        { name: 'other-ca', certificates: [other.certificate], units: ['G99.21'], development: true },
      ],
    }))
    await eventually(ask, answer => answer === 200, 20_000)
    await stillGood()
  })

  it(`${FLOOD} handshakes that fail make a record for each reason and second, and no exchange fails`, async () => {
    const counted = (): Promise<number> => scene.refusedConnections('handshake-failed')
    const [before, answered, since] = [await counted(), load.ledger.length, Date.now()]
    await flood(scene.world.gateway.exchangePort, FLOOD)
    await eventually(counted, times => times >= before + FLOOD, 20_000)
    const failures = async () =>
      (await scene.records()).filter(
        ({ kind, fields }) => kind === 'tls-failure' && fields.problem === 'handshake-failed',
      )
    const written = await eventually(
      failures,
      records => records.reduce((times, { fields }) => times + Number(fields.times), 0) >= before + FLOOD,
      20_000,
    )
    const seconds = Math.ceil((Date.now() - since) / 1000)
    const reasons = new Set(written.map(({ fields }) => fields.detail))
    for (const reason of ['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_UNSUPPORTED_PROTOCOL']) expect(reasons).toContain(reason)
    // One for each reason and second; localhost is one source or two (IPv4 and IPv6).
    expect(written.length).toBeLessThanOrEqual(2 * reasons.size * (seconds + 1))
    expect(load.ledger.length).toBeGreaterThan(answered)
    await stillGood()
  })
})
