import { afterEach, describe, expect, it } from '@jest/globals'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { boundedHttp } from '../../../../gateway/edge/bounded-http.ts'
import { CrlFetcher } from '../../../../gateway/edge/revocation/fetch-crls.ts'
import { eventually } from '../../../support/refusals/scene.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/list.crl`, seen }
}

const get = (url: string, bounds: { millis?: number; maxBytes?: number } = {}) =>
  boundedHttp({ url, method: 'GET', headers: {}, millis: 5_000, maxBytes: 1_000, ...bounds })

describe('a bounded request', () => {
  it('gives the answer', async () => {
    const { url } = await serve((_, response) => response.end('list'))
    const answer = await get(url)
    expect(answer.ok && [answer.value.status, Buffer.from(answer.value.body).toString()]).toEqual([200, 'list'])
  })

  it('does not follow a redirect', async () => {
    const target = await serve((_, response) => response.end('elsewhere'))
    const { url } = await serve((_, response) => response.writeHead(302, { location: target.url }).end())
    expect(await get(url)).toMatchObject({ ok: true, value: { status: 302 } })
    expect(target.seen).toEqual([])
  })

  it('gives up on an answer that is too large, whatever its length says', async () => {
    const { url } = await serve((_, response) => {
      response.write(Buffer.alloc(2_000))
    })
    expect(await get(url)).toEqual({ ok: false, error: 'an answer of more than 1000 bytes' })
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['nothing', () => undefined],
    ['a beginning', response => response.write('li')],
  ])('gives up on an answer that does not come: %s', async (_, begin) => {
    const { url } = await serve((_request, response) => begin(response))
    expect(await get(url, { millis: 300 })).toEqual({ ok: false, error: 'no whole answer within 0.3 s' })
  })

  it('says that nobody is there', async () => {
    const { url } = await serve(() => undefined)
    const server = servers.pop()
    await new Promise(resolve => server?.close(resolve))
    expect(await get(url)).toEqual({ ok: false, error: 'cannot be reached: ECONNREFUSED' })
  })

  it('takes half an answer for none', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
    })
    expect(await get(url)).toEqual({ ok: false, error: 'the connection broke' })
  })
})

describe('a distribution point', () => {
  function fetcher(isGood = true) {
    const taken: string[] = []
    const problems: string[] = []
    const made = new CrlFetcher({
      take: bytes => {
        taken.push(Buffer.from(bytes).toString())
        return Promise.resolve(isGood)
      },
      onProblem: (_url, why) => problems.push(why),
      everyMillis: 30,
    })
    return { made, taken, problems }
  }

  it('is asked again and again, and gives its list once where it has not changed', async () => {
    const { url, seen } = await serve(({ headers }, response) => {
      if (headers['if-none-match'] === '"1"') response.writeHead(304).end()
      else response.writeHead(200, { etag: '"1"' }).end('list')
    })
    const { made, taken, problems } = fetcher()
    made.follow([url])
    await eventually(
      () => seen.length,
      count => count >= 4,
    )
    made.stop()
    expect([taken, problems]).toEqual([['list'], []])
  })

  it('gives its list again where it was of no use, and where the trust has changed', async () => {
    const { url } = await serve(({ headers }, response) => {
      if (headers['if-none-match']) response.writeHead(304).end()
      else response.writeHead(200, { etag: '"1"' }).end('list')
    })
    const useless = fetcher(false)
    useless.made.follow([url])
    await eventually(
      () => useless.taken.length,
      count => count >= 2,
    )
    useless.made.stop()
    const { made, taken } = fetcher()
    made.follow([url])
    await eventually(
      () => taken.length,
      count => count === 1,
    )
    made.follow([url], true)
    await eventually(
      () => taken.length,
      count => count === 2,
    )
    made.stop()
  })

  it('that fails is told, tried again, and left alone when nobody wants it any more', async () => {
    const { url, seen } = await serve((_, response) => response.writeHead(500).end())
    const { made, problems } = fetcher()
    made.follow([url])
    await eventually(
      () => problems.length,
      count => count >= 2,
    )
    made.follow([])
    const before = seen.length
    await new Promise(resolve => setTimeout(resolve, 100))
    expect([new Set(problems), seen.length]).toEqual([new Set(['answered 500']), before])
  })
})
