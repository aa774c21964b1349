import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createServer as createPlainServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { addProvider } from '../../support/refusals/additions.ts'
import { newAuthority, writeCertificate } from '../../support/refusals/certificates.ts'
import { checkPage, exampleOf } from '../../support/refusals/problem-page.ts'
import { LIST, PURPOSE } from '../../support/refusals/row.ts'
import { runRows } from '../../support/refusals/run-rows.ts'
import { type Scene, setScene } from '../../support/refusals/scene.ts'
import { change } from '../../support/world/configuration-directory.ts'
import { type Answer, json, startTestProvider, type TestProvider } from '../../support/world/test-provider.ts'
import { brokenRows, connectionRows, GOOD, withheldRows } from './providers.rows.ts'

const DAY = 86_400_000

describe('a provider that fails', () => {
  let scene: Scene
  const others: TestProvider[] = []
  const servers: Server[] = []
  let flaky: TestProvider

  const listening = async (server: Server): Promise<string> => {
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `https://localhost:${(server.address() as AddressInfo).port}`
  }

  beforeAll(async () => {
    scene = await setScene({
      async configure(files, certsDir) {
        change(files, 'services/categories-v1/service.yaml', 'PT10S', 'PT0.7S')
        const [own = ''] = /https:\/\/localhost:\d+/.exec(files.get('systems.yaml') ?? '') ?? []
        /** A provider that answers well, with a certificate of its own; registered is the one in `G99.10.{name}.crt`. */
        const provider = async (name: string, file: string, wish: Parameters<typeof writeCertificate>[2]) => {
          await writeCertificate(certsDir, file, wish)
          if (file !== `G99.10.${name}`)
            await writeCertificate(certsDir, `G99.10.${name}`, { system: `G99.10/${name}` })
          const started = await startTestProvider(certsDir, json(200, GOOD), file)
          others.push(started)
          addProvider(files, name, `https://localhost:${started.port}`)
          return started
        }
        const at = async (name: string, endpoint: string, deadline?: string) => {
          await writeCertificate(certsDir, `G99.10.${name}`, { system: `G99.10/${name}` })
          addProvider(files, name, endpoint, deadline)
        }
        const system = (name: string) => `G99.10/${name}`
        await provider('foreign', 'p-foreign', { system: system('foreign'), issuer: await newAuthority('Foreign') })
        await provider('unbound', 'p-unbound', { system: system('unbound') })
        const ended = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }
        await provider('expired', 'G99.10.expired', { system: system('expired'), ...ended })
        await provider('client-only', 'G99.10.client-only', { system: system('client-only'), usages: ['clientAuth'] })
        flaky = await provider('flaky', 'G99.10.flaky', { system: system('flaky') })
        await at('impostor', own)
        const down = createTcpServer()
        await at('down', await listening(down))
        await new Promise(resolve => down.close(resolve))
        // RFC 6761 section 6.4: a name that never resolves.
        await at('nowhere', 'https://provider.invalid')
        await at('mute', await listening(createTcpServer(() => undefined)), 'PT0.5S')
        await at('plain', await listening(createPlainServer((_request, response) => void response.end('{}'))))
      },
    })
  })
  afterAll(async () => {
    await scene?.close()
    await Promise.all(others.map(other => other.close()))
    for (const server of servers) server.close()
  })

  const list = () => scene.call(LIST)
  const kindsOf = async (exchange: unknown): Promise<readonly string[]> =>
    (await scene.recordsOf(String(exchange))).map(({ kind }) => kind)

  describe('each time', () => {
    // A good exchange behind each row: what was left of the bad answer spoils nothing, and ends the row of failures.
    afterEach(async () => {
      scene.world.provider.answer = json(200, GOOD)
      expect(await list()).toMatchObject({ status: 200, json: GOOD })
    })

    describe('before anything crosses', () => runRows(() => scene, connectionRows))
    describe('while it works', () => runRows(() => scene, brokenRows))
    describe('with its answer', () => runRows(() => scene, withheldRows))

    it('an answer sent twice: the second is never taken for the answer to another request', async () => {
      const body = JSON.stringify(GOOD)
      const stale = body.replace('"total":1', '"total":7')
      const whole = (text: string): string =>
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
      scene.world.provider.answer = (_seen, request) => void request.socket.write(whole(body) + whole(stale))
      const answers = []
      for (let i = 0; i < 4; i++) answers.push(await list())
      expect(answers.map(({ json: value }) => value?.total ?? 'none')).not.toContain(7)
    })

    it('headers that it may not send are dropped: 200; request, response; forwarded: yes', async () => {
      const forged = {
        'exchange-id': 'forged',
        'exchange-receipt': 'forged',
        'exchange-problem': 'internal',
        'set-cookie': 'a=b',
        server: 'forged',
        'x-powered-by': 'forged',
      }
      scene.world.provider.answer = (_seen, _request, response) =>
        void response.writeHead(200, { 'content-type': 'application/json', ...forged }).end(JSON.stringify(GOOD))
      const answered = await list()
      expect(answered.status).toBe(200)
      expect(JSON.stringify(answered.headers)).not.toContain('forged')
      for (const name of ['exchange-problem', 'set-cookie', 'server', 'x-powered-by'])
        expect(answered.headers).not.toHaveProperty(name)
      expect(await kindsOf(answered.headers['exchange-id'])).toEqual(['request', 'response'])
    })
  })

  it('ten times in a row is paused, by breaking off or by invalid answers: 502 provider-paused; request, fault; forwarded: no', async () => {
    const failing: Answer = (_seen, request) => void request.socket.destroy()
    const invalid: Answer = json(200, { rubbish: true })
    const call = { path: '/exchange/G99.10/flaky/v1/provinces', headers: PURPOSE }
    flaky.answer = failing
    scene.world.provider.answer = invalid
    for (let i = 0; i < 10; i++) {
      expect((await scene.call(call)).json?.code).toBe('provider-failed')
      expect((await list()).json?.code).toBe('response-invalid')
    }
    const before = [flaky.seen.length, scene.world.provider.seen.length]
    for (const paused of [await scene.call(call), await list()]) {
      expect([paused.status, paused.json?.code]).toEqual([502, 'provider-paused'])
      expect(await kindsOf(paused.headers['exchange-id'])).toEqual(['request', 'fault'])
      const row = { what: '', call, status: 502, code: 'provider-paused', records: [], forwarded: 'no' } as const
      checkPage('provider-paused', {
        what: 'The eleventh call to a provider that failed ten times',
        text: exampleOf(row, paused),
      })
    }
    expect([flaky.seen.length, scene.world.provider.seen.length]).toEqual(before)
    // The pause is 5 s. One call tries; an invalid answer pauses again at once, a good one ends it.
    await new Promise(resolve => setTimeout(resolve, 5_200))
    flaky.answer = json(200, GOOD)
    expect((await scene.call(call)).status).toBe(200)
    expect((await list()).json?.code).toBe('response-invalid')
    expect((await list()).json?.code).toBe('provider-paused')
    expect((await scene.call(call)).status).toBe(200)
  })
})
