import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { addProvider } from '../support/refusals/additions.ts'
import { writeCertificate } from '../support/refusals/certificates.ts'
import { requestText } from '../support/refusals/raw-connection.ts'
import { LIST, PURPOSE } from '../support/refusals/row.ts'
import { eventually, RECORDS, type Scene, setScene } from '../support/refusals/scene.ts'
import { acceptedOf, type Handshake, openSslClient, type OpenSslClient } from '../support/tls/openssl-client.ts'
import { startGatewayProcess } from '../support/world/gateway-process.ts'

/** Every suite of TLS 1.2 and below that the system's openssl knows, the anonymous, the exported and those without encryption too. */
const OLD_SUITES = execFileSync('openssl', ['ciphers', '-s', '-tls1_2', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'])
  .toString()
  .trim()
  .split(':')
const NEW_SUITES = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']
const CCM_SUITES = ['TLS_AES_128_CCM_SHA256', 'TLS_AES_128_CCM_8_SHA256']
const REQUEST = requestText(`GET ${LIST.path} HTTP/1.1`, [
  ['Host', 'localhost'],
  ['Exchange-Purpose', 'reference-data'],
])

describe('what a scanner finds', () => {
  let scene: Scene
  let scanner: OpenSslClient
  /** A provider that cannot do better than TLS 1.2. */
  let old: Server

  beforeAll(async () => {
    scene = await setScene({
      configure: async (files, certsDir) => {
        await writeCertificate(certsDir, 'G99.10.old', { system: 'G99.10/old' })
        old = await startOldProvider(certsDir)
        addProvider(files, 'old', `https://localhost:${(old.address() as AddressInfo).port}`)
      },
    })
    scanner = openSslClient(scene.world.certsDir, () => scene.world.gateway.exchangePort)
  })
  afterAll(async () => {
    await scene?.close()
    old?.closeAllConnections()
    await new Promise(resolve => (old ? old.close(resolve) : resolve(null)))
  })

  const offerOld = (version: string) => (suites: readonly string[]) =>
    scanner.connect([version, '-cipher', `${suites.join(':')}:@SECLEVEL=0`])
  const offerNew = (suites: readonly string[]) => scanner.connect(['-tls1_3', '-ciphersuites', suites.join(':')])
  const throughOld = () => scene.call({ path: '/exchange/G99.10/old/v1/provinces', headers: PURPOSE })
  const connectWith = async (...flags: string[]): Promise<Handshake> => scanner.connect(['-tls1_3', ...flags])

  describe('with nothing set', () => {
    it.each(['-tls1', '-tls1_1', '-tls1_2'])('%s is refused with every suite that there is', async version => {
      expect(OLD_SUITES.length).toBeGreaterThan(50)
      // All at once: the server would take any of them that it likes.
      const { cipher, text } = await offerOld(version)(OLD_SUITES)
      expect(cipher).toBeNull()
      // By the gateway, not by the scanner.
      expect(text).toMatch(/alert protocol version/)
    })

    it('TLS 1.3 has the three AEAD suites without truncated tags', async () => {
      const accepted = await acceptedOf(offerNew, [...CCM_SUITES, ...NEW_SUITES])
      expect(accepted.toSorted()).toEqual(NEW_SUITES.toSorted())
    })

    it.each(['X25519', 'P-256', 'P-384'])('the group %s is taken', async group =>
      expect((await connectWith('-groups', group)).cipher).not.toBeNull(),
    )

    it.each(['P-521', 'X448', 'ffdhe2048', 'ffdhe4096'])('the group %s is refused', async group =>
      expect((await connectWith('-groups', group)).cipher).toBeNull(),
    )

    it('a session is not resumed by its ticket, and there is no early data', async () => {
      const file = join(scene.world.directory, 'session.pem')
      const first = await scanner.connect(['-tls1_3', '-sess_out', file, '-ign_eof'], [closing(REQUEST)])
      expect(first.text).toMatch(/HTTP\/1\.1 200/)
      expect(first.text).toMatch(/Max Early Data: 0/)
      const second = await scanner.connect(['-tls1_3', '-sess_in', file, '-ign_eof'], [closing(REQUEST)])
      expect(second.text).toMatch(/HTTP\/1\.1 200/)
      expect([/New, TLSv1\.3/.test(second.text), /Reused, /.test(second.text)]).toEqual([true, false])
    })

    it('compression is off', async () =>
      expect((await scanner.connect(['-tls1_3', '-comp'])).text).toMatch(/Compression: NONE/))

    it('HTTP/1.1 is the only protocol; a client that offers only h2 is refused', async () => {
      expect((await connectWith('-alpn', 'h2,http/1.1')).text).toMatch(/ALPN protocol: http\/1\.1/)
      expect((await connectWith('-alpn', 'h2')).cipher).toBeNull()
    })

    it('each refusal is a tls-failure with its reason', async () => {
      const reasons = async (): Promise<readonly unknown[]> =>
        (await scene.records())
          .filter(({ kind, fields }) => kind === 'tls-failure' && fields.problem === 'handshake-failed')
          .map(({ fields }) => fields.detail)
      await eventually(reasons, found =>
        ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_SSL_NO_SUITABLE_KEY_SHARE', 'ERR_SSL_NO_APPLICATION_PROTOCOL'].every(
          reason => found.includes(reason),
        ),
      )
    })

    it('what speaks HTTP without TLS, for operators, is on the loopback address alone', async () => {
      const { opsPort } = scene.world.gateway
      expect((await fetch(`http://127.0.0.1:${opsPort}/livez`)).status).toBe(200)
      // As good as any address of the machine: a socket that listens on all of them would answer here.
      await expect(fetch(`http://127.0.0.2:${opsPort}/livez`)).rejects.toThrow()
    })

    it('a provider that speaks TLS 1.2 only is not called', async () => {
      const { status, json } = await throughOld()
      expect([status, json?.code]).toEqual([502, 'provider-untrusted'])
    })
  })

  describe('with TLS 1.2 allowed', () => {
    beforeAll(async () => {
      const { world } = scene
      await world.gateway.stop()
      const allowed = { EXCHANGE_TLS_MIN_VERSION: '1.2', PROVIDER_TLS_MIN_VERSION: '1.2' }
      world.gateway = await startGatewayProcess({ ...world.environment, ...allowed })
    })

    it('only AEAD with an ephemeral key, under the P-256 key of the gateway', async () => {
      const accepted = await acceptedOf(offerOld('-tls1_2'), OLD_SUITES)
      expect(accepted.toSorted()).toEqual([
        'ECDHE-ECDSA-AES128-GCM-SHA256',
        'ECDHE-ECDSA-AES256-GCM-SHA384',
        'ECDHE-ECDSA-CHACHA20-POLY1305',
      ])
    })

    it.each(['-tls1', '-tls1_1'])('%s is still refused', async version =>
      expect((await offerOld(version)(OLD_SUITES)).cipher).toBeNull(),
    )

    it('whoever can speaks TLS 1.3', async () => expect((await scanner.connect([])).protocol).toBe('TLSv1.3'))

    it('no session is resumed, neither by ticket nor by id', async () => {
      const { text } = await scanner.connect(['-tls1_2', '-reconnect'])
      expect(text.match(/^New, TLSv1\.2/gm)?.length).toBeGreaterThanOrEqual(5)
      expect(text).not.toMatch(/^Reused, /m)
      expect(text).not.toMatch(/TLS session ticket:/)
    })

    it('a client may not negotiate anew', async () => {
      const { text } = await scanner.connect(['-tls1_2'], ['R\n', 'x\n'])
      expect(text).toMatch(/RENEGOTIATING/)
      expect(text).toMatch(/no renegotiation/)
    })

    it('a message authentication code beside the cipher, SHA-1 in signatures, and static keys have no place', async () => {
      const legacy = [
        'ECDHE-ECDSA-AES128-SHA256',
        'ECDHE-ECDSA-AES256-SHA',
        'DHE-RSA-AES128-GCM-SHA256',
        'AES128-GCM-SHA256',
      ]
      for (const suite of legacy) expect((await offerOld('-tls1_2')([suite])).cipher).toBeNull()
      // The second is strong enough, and not on the list.
      for (const algorithms of ['ECDSA+SHA1:RSA+SHA1', 'ECDSA+SHA512']) {
        const flags = ['-tls1_2', '-cipher', 'ALL:@SECLEVEL=0', '-sigalgs', algorithms]
        expect((await scanner.connect(flags)).cipher).toBeNull()
      }
    })

    it('an exchange over TLS 1.2 on both sides says so in its records', async () => {
      const raw = await scene.raw(RECORDS, { maxVersion: 'TLSv1.2' })
      raw.send(REQUEST.replaceAll('categories', 'old'))
      const { status, headers } = await raw.answer()
      expect(status).toBe(200)
      const records = await scene.recordsOf(String(headers['exchange-id']))
      expect(records.map(({ kind, fields }) => [kind, fields.tls])).toEqual(
        ['request', 'response'].map(kind => [
          kind,
          { version: 'TLSv1.2', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' },
        ]),
      )
      expect(records.at(-1)?.fields.providerTls).toMatchObject({ version: 'TLSv1.2', group: 'X25519' })
    })
  })
})

const closing = (request: string): string => request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')

async function startOldProvider(certsDir: string): Promise<Server> {
  const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
  const tls = { key: read('G99.10.old.key'), cert: read('G99.10.old.crt'), ca: read('ca.crt') }
  const body = JSON.stringify({ items: [], page: 1, pageSize: 50, total: 0 })
  const server = createServer({ ...tls, requestCert: true, maxVersion: 'TLSv1.2' }, (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
