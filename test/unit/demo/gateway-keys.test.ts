import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../../../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../../../certs-dev/make-development-certificates.ts'
import { gatewayKeys } from '../../../demo/provider/gateway-keys.ts'
import { jwksOf } from '../../../gateway/identity/tokens/jwks.ts'
import { KeysInMemory } from '../../support/signing-keys.ts'

const directory = mkdtempSync(join(tmpdir(), 'lienthong-gateway-keys-'))
const read = (file: string): string => readFileSync(join(directory, file), 'utf8')

/** How a provider of the demo learns the gateway's keys. The server stands for `/.well-known/jwks.json`. */
describe('the keys of the gateway', () => {
  let server: Server
  let agent: Agent
  let keys: KeysInMemory
  let asked: string[]
  let answer: () => { status: number; body: string }
  let now: number
  const address = () => `https://localhost:${(server.address() as AddressInfo).port}`
  const kid = () => keys.current('assertions').id

  beforeAll(async () => {
    const world = { systems: DEMO_SYSTEMS, officers: DEMO_OFFICERS, gatewayId: DEMO_GATEWAY, now: new Date() }
    await makeDevelopmentCertificates({ out: directory, ...world })
    const tls = { key: read('gateway.key'), cert: read('gateway.crt'), ca: read('ca.crt') }
    server = createServer({ ...tls, requestCert: true }, (request, response) => {
      asked.push(request.url ?? '')
      const { status, body } = answer()
      response.writeHead(status).end(body)
    })
    await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
    const name = 'G99.10.data-centre'
    agent = new Agent({ key: read(`${name}.key`), cert: read(`${name}.crt`), ca: read('ca.crt') })
  })
  afterAll(() => {
    agent.destroy()
    server.close()
    rmSync(directory, { recursive: true, force: true })
  })
  beforeEach(() => {
    keys = new KeysInMemory()
    asked = []
    answer = () => ({ status: 200, body: JSON.stringify(jwksOf(keys)) })
    now = 1_000_000_000
    jest.spyOn(Date, 'now').mockImplementation(() => now)
  })
  afterEach(() => {
    jest.restoreAllMocks()
  })

  it('are asked for when the first one is needed, once, and kept for five minutes', async () => {
    const keyOf = gatewayKeys(address(), agent)
    expect(asked).toEqual([])
    const found = await Promise.all([keyOf(kid()), keyOf(kid()), keyOf(kid())])
    expect(found[0]?.equals(keys.current('assertions').publicKey)).toBe(true)
    now += 299_999
    await keyOf(kid())
    expect(asked).toEqual(['/.well-known/jwks.json'])
    now += 1
    await keyOf(kid())
    expect(asked).toHaveLength(2)
  })

  it('are asked for again when a name is not among them, but at most once a second', async () => {
    const keyOf = gatewayKeys(address(), agent)
    await keyOf(kid())
    keys.rotate('assertions')
    await expect(keyOf(kid())).rejects.toThrow('no such key')
    expect(asked).toHaveLength(1)
    now += 1_001
    expect((await keyOf(kid())).equals(keys.current('assertions').publicKey)).toBe(true)
    await expect(keyOf('unknown')).rejects.toThrow('no such key')
    await expect(keyOf(undefined)).rejects.toThrow('no such key')
    expect(asked).toHaveLength(2)
  })

  it('that were withdrawn are forgotten after five minutes', async () => {
    const keyOf = gatewayKeys(address(), agent)
    const before = kid()
    await keyOf(before)
    keys.rotate('assertions')
    keys.withdraw('assertions')
    now += 300_000
    await expect(keyOf(before)).rejects.toThrow('no such key')
  })

  it.each([
    ['an answer 503', 503, ''],
    ['no JSON', 200, 'x'],
    ['a set without keys', 200, '{}'],
    ['a key that is none', 200, '{"keys":[{"kid":"a","kty":"EC"}]}'],
    ['a set that is too large', 200, JSON.stringify({ keys: [], more: 'x'.repeat(70_000) })],
  ])('cannot be read from %s, and what failed is not kept', async (_what, status, body) => {
    const keyOf = gatewayKeys(address(), agent)
    answer = () => ({ status, body })
    await expect(keyOf(kid())).rejects.toThrow()
    answer = () => ({ status: 200, body: JSON.stringify(jwksOf(keys)) })
    await expect(keyOf(kid())).resolves.toBeDefined()
  })
})
