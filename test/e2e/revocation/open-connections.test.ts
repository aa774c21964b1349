import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeCrls } from '../../support/refusals/certificates.ts'
import { openRaw, type RawConnection } from '../../support/refusals/raw-connection.ts'
import { LIST } from '../../support/refusals/row.ts'
import { eventually, RECORDS, type Scene, setScene } from '../../support/refusals/scene.ts'
import { ask, REQUEST } from '../../support/revocation/ask.ts'
import { makeOcspResponse } from '../../support/revocation/ocsp-response.ts'
import { startTestResponder, type TestResponder } from '../../support/revocation/ocsp-responder.ts'
import { addOwnIssuer, listOf, type OwnIssuer, publish } from '../../support/revocation/own-issuer.ts'
import { type GatewayProcess, startGatewayProcess } from '../../support/world/gateway-process.ts'

/** The promise is a second; a machine that runs other tests beside this one may take longer. */
const GENEROUS_MILLIS = 10_000

/** An open connection that has been served. */
async function served(scene: Scene, system: string, port = scene.world.gateway.exchangePort): Promise<RawConnection> {
  const raw = await openRaw(scene.world.certsDir, port, system)
  raw.send(REQUEST)
  expect((await raw.answer()).status).toBe(200)
  return raw
}

/** Milliseconds from `began` until the gateway closed it, without a word. */
async function closedAfter(raw: RawConnection, began: number): Promise<number> {
  expect(await raw.closed()).toBe('')
  return Date.now() - began
}

const tell = (text: string): void => void process.stderr.write(`  ${text}\n`)

describe('open connections', () => {
  let scene: Scene
  let second: GatewayProcess
  let responder: TestResponder
  let status: 'good' | 'revoked' = 'good'
  const issuers: Record<string, OwnIssuer> = {}
  const of = (name: string): OwnIssuer => issuers[name] as OwnIssuer

  beforeAll(async () => {
    responder = await startTestResponder(({ serial, nonce }) =>
      makeOcspResponse({
        issuer: of('asked').authority,
        serial,
        nonce,
        status,
        thisUpdate: new Date(),
        nextUpdate: new Date(Date.now() + 3_000),
      }),
    )
    scene = await setScene({
      configure: async (files, certsDir) => {
        for (const name of ['keyed', 'busy', 'sending', 'near'])
          issuers[name] = await addOwnIssuer(files, certsDir, name)
        issuers.asked = await addOwnIssuer(files, certsDir, 'asked', { revocation: { ocsp: { url: responder.url } } })
        issuers.patient = await addOwnIssuer(files, certsDir, 'patient', { revocation: { grace: 'PT24H' } })
        issuers.brief = await addOwnIssuer(files, certsDir, 'brief', { revocation: { grace: 'PT4S' } })
        for (const name of ['keyed', 'busy', 'sending', 'near'])
          publish(certsDir, `${name}.crl`, listOf(of(name).authority, { number: 1 }))
      },
    })
    const { environment, directory } = scene.world
    second = await startGatewayProcess({
      ...environment,
      GATEWAY_ID: 'gateway-2',
      DATA_DIR: join(directory, 'var-2'),
      KEYS_DIR: join(directory, 'var', 'keys'),
    })
  })
  afterAll(async () => {
    await second?.stop()
    await scene?.close()
    await responder?.close()
  })

  it('a revoked system is cut off in every process within a second of the list, and refused from then on', async () => {
    const { system, authority, serial } = of('keyed')
    const ports = [scene.world.gateway.exchangePort, second.exchangePort]
    const open = await Promise.all(ports.map(port => served(scene, system, port)))
    const others = await Promise.all(ports.map(port => served(scene, of('near').system, port)))
    const began = Date.now()
    publish(scene.world.certsDir, 'keyed.crl', listOf(authority, { number: 2, revoked: [serial] }))
    const millis = await Promise.all(open.map(raw => closedAfter(raw, began)))
    tell(`cut in two processes after ${millis.join(' and ')} ms`)
    expect(Math.max(...millis)).toBeLessThan(GENEROUS_MILLIS)
    for (const port of ports) {
      const raw = await openRaw(scene.world.certsDir, port, system)
      raw.send(REQUEST)
      expect((await raw.answer()).json?.code).toBe('certificate-revoked')
    }
    // Nobody else's.
    for (const raw of others) {
      raw.send(REQUEST)
      expect((await raw.answer()).status).toBe(200)
      raw.socket.destroy()
    }
  })

  it('with a request at the provider: the answer is withheld, the caller told, then the connection closed', async () => {
    const { system, authority, serial } = of('busy')
    const { provider, certsDir, gateway } = scene.world
    const good = provider.answer
    const cuts = (): number => gateway.log().split('closed connections of those').length
    const raw = await served(scene, system)
    const before = cuts()
    provider.answer = async (...asked) => {
      publish(certsDir, 'busy.crl', listOf(authority, { number: 2, revoked: [serial] }))
      await eventually(cuts, count => count > before, GENEROUS_MILLIS)
      await good(...asked)
    }
    raw.send(REQUEST)
    const { status: answered, json, headers } = await raw.answer()
    provider.answer = good
    expect([answered, json?.code, headers.connection]).toEqual([401, 'certificate-revoked', 'close'])
    expect(await raw.closed()).toBe('')
    const records = await scene.recordsOf(String(headers['exchange-id']))
    expect(records.map(({ kind }) => kind)).toEqual(['request', 'response', 'refusal'])
    expect(records.at(-1)?.fields).toMatchObject({ problem: 'certificate-revoked', detail: 'answer-withheld' })
  })

  it('with half a request: closed without waiting for the rest', async () => {
    const { system, authority, serial } = of('sending')
    const raw = await served(scene, system)
    raw.send(
      `POST ${LIST.path}/search HTTP/1.1\r\nHost: localhost\r\nExchange-Purpose: reference-data\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    )
    const began = Date.now()
    publish(scene.world.certsDir, 'sending.crl', listOf(authority, { number: 2, revoked: [serial] }))
    await raw.closed()
    const millis = Date.now() - began
    tell(`cut with half a request after ${millis} ms`)
    expect(millis).toBeLessThan(GENEROUS_MILLIS)
  })

  it('a responder that changes its mind is heard before its answer ends', async () => {
    const { system } = of('asked')
    const raw = await served(scene, system)
    const calls = responder.asked.length
    await eventually(
      () => responder.asked.length,
      count => count > calls,
      GENEROUS_MILLIS,
    )
    raw.send(REQUEST)
    expect((await raw.answer()).status).toBe(200)
    status = 'revoked'
    const began = Date.now()
    const millis = await closedAfter(raw, began)
    tell(`cut ${millis} ms after the responder changed its mind; its answers are good for 3000 ms`)
    expect((await ask(scene, system)).json?.code).toBe('certificate-revoked')
  })

  it('a stale list serves on for the grace, counted down in health and metrics and alerted; then no more', async () => {
    const { certsDir, gateway } = scene.world
    const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${gateway.opsPort}/metrics`)).text()
    const gauge = (text: string, name: string, issuer: string): number =>
      Number(new RegExp(`^lienthong_revocation_${name}_seconds{issuer="${issuer}"} (\\S+)$`, 'm').exec(text)?.[1])
    for (const name of ['patient', 'brief'])
      publish(certsDir, `${name}.crl`, listOf(of(name).authority, { number: 1, until: 4_000 }))
    await eventually(metrics, text => gauge(text, 'fresh', 'patient') > 0)
    expect(gauge(await metrics(), 'grace', 'patient')).toBe(86_400)
    const inGrace = await eventually(metrics, text => gauge(text, 'fresh', 'patient') === 0)
    expect((await ask(scene, of('patient').system)).status).toBe(200)
    expect(gauge(inGrace, 'grace', 'patient')).toBeGreaterThan(86_000)
    await eventually(metrics, text => gauge(text, 'grace', 'patient') < 86_400)
    const health = await (await fetch(`http://127.0.0.1:${gateway.opsPort}/readyz`)).text()
    expect(health).toMatch(/patient stale since \S+, refused in 86\d{3} s/)
    expect(gateway.log()).toMatch(
      /a revocation list is stale.*"issuer":"patient"|"issuer":"patient".*a revocation list is stale/,
    )
    const refused = await eventually(
      () => ask(scene, of('brief').system),
      ({ status: got }) => got === 401,
      GENEROUS_MILLIS,
    )
    expect(refused.json?.code).toBe('revocation-unknown')
    expect((await ask(scene, of('patient').system)).status).toBe(200)
    const alerts = gateway
      .log()
      .split('\n')
      .filter(line => line.includes('"issuer":"brief"'))
    expect(alerts.some(line => line.includes('a revocation list is stale'))).toBe(true)
    await eventually(
      () => gateway.log(),
      log => /are refused: no fresh.*brief|brief.*are refused: no fresh/.test(log),
    )
  })

  it('connections to a revoked provider are closed, and it gets nothing more', async () => {
    const { certsDir, provider } = scene.world
    expect((await scene.call(LIST)).status).toBe(200)
    expect(provider.connections()).toBeGreaterThan(0)
    const serial = new X509Certificate(readFileSync(join(certsDir, 'G99.10.data-centre.crt'))).serialNumber
    const began = Date.now()
    writeCrls(certsDir, [], { revoked: [{ serial, at: new Date(), reason: 'keyCompromise' }] })
    await eventually(
      () => provider.connections(),
      count => count === 0,
      GENEROUS_MILLIS,
    )
    tell(`connections to the provider closed after ${Date.now() - began} ms, in two processes`)
    const before = provider.seen.length
    const { status: answered, json } = await scene.call(LIST)
    expect([answered, json?.code, provider.seen.length]).toEqual([502, 'provider-untrusted', before])
    const counted = await (await fetch(`http://127.0.0.1:${scene.world.gateway.opsPort}/metrics`)).text()
    expect(counted).toMatch(/^lienthong_cut_connections_total{side="provider"} [1-9]/m)
    expect(counted).toMatch(/^lienthong_cut_connections_total{side="system"} [1-9]/m)
    expect((await ask(scene, RECORDS)).json?.code).toBe('provider-untrusted')
  })
})
