import { afterEach, describe, expect, it } from '@jest/globals'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { bodySource } from '../../../gateway/edge/listener/body-source.ts'
import { MemoryBudget } from '../../../gateway/edge/memory-budget.ts'

type Read = Uint8Array | string

interface Options {
  readonly maxBytes?: number
  readonly memory?: number
  readonly deadline?: number
  /** Milliseconds before the body is asked for. */
  readonly delay?: number
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A real HTTP server that reads one body; `read` resolves with what became of it. */
async function world({ maxBytes = 10, memory = 1000, deadline = 2000, delay = 0 }: Options = {}) {
  const budget = new MemoryBudget(memory)
  let resolve: (read: Read) => void = () => undefined
  let arrive: () => void = () => undefined
  const read = new Promise<Read>(done => (resolve = done))
  const arrived = new Promise<void>(done => (arrive = done))
  const answer =
    (expects: boolean): RequestListener =>
    (request, response) =>
      void (async () => {
        const account = budget.account()
        const source = bodySource(request, response, account, deadline, expects)
        arrive()
        if (delay > 0) await sleep(delay)
        const body = await source.read(maxBytes)
        used = budget.used
        account.release()
        resolve(body)
        response.end()
      })()
  let used = -1
  const server = createServer()
  server.on('request', answer(false))
  server.on('checkContinue', answer(true))
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  let received = ''
  socket.on('data', bytes => (received += bytes.toString('latin1')))
  closers.push(() => {
    socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  return {
    read,
    /** The headers are there. */
    arrived,
    socket,
    budget,
    received: () => received,
    /** What the body held of the budget when it had been read. */
    used: () => used,
    send: (headers: string, body = '') => socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`),
  }
}

const text = async (read: Promise<Read>) => {
  const body = await read
  return typeof body === 'string' ? body : Buffer.from(body).toString()
}
const chunks = (...parts: readonly string[]) =>
  `${parts.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`

describe('a request body', () => {
  it.each<[string, string, string, Options, string]>([
    ['none', 'X: y', '', {}, ''],
    ['by length', 'Content-Length: 5', 'hello', {}, 'hello'],
    ['of length 0', 'Content-Length: 0', '', {}, ''],
    ['in chunks', 'Transfer-Encoding: chunked', chunks('hel', 'lo'), {}, 'hello'],
    ['in no chunk', 'Transfer-Encoding: chunked', chunks(), {}, ''],
    ['exactly at the limit', 'Content-Length: 10', '0123456789', {}, '0123456789'],
    ['exactly at the limit, in chunks', 'Transfer-Encoding: chunked', chunks('01234', '56789'), {}, '0123456789'],
    ['beyond the limit by its own words', 'Content-Length: 11', '', {}, 'too-large'],
    ['far beyond it', 'Content-Length: 99999999999999', '', {}, 'too-large'],
    ['beyond the limit, in chunks', 'Transfer-Encoding: chunked', chunks('0123456789', 'x'), {}, 'too-large'],
    ['without end, in chunks', 'Transfer-Encoding: chunked', 'b\r\n01234567890\r\n', {}, 'too-large'],
    ['for which there is no memory', 'Content-Length: 5', 'hello', { memory: 4 }, 'overloaded'],
    ['that stops half-way', 'Content-Length: 5', 'he', { deadline: 100 }, 'timeout'],
    ['that never begins', 'Content-Length: 5', '', { deadline: 100 }, 'timeout'],
    ['asked for late', 'Content-Length: 5', 'hello', { delay: 50 }, 'hello'],
  ])('%s', async (_, headers, body, options, expected) => {
    const { read, send, budget } = await world(options)
    send(headers, body)
    expect(await text(read)).toBe(expected)
    expect(budget.used).toBe(0)
  })

  it('takes of the memory what it holds', async () => {
    const { read, send, used } = await world()
    send('Content-Length: 5', 'hello')
    await read
    expect(used()).toBe(5)
  })

  it('is not read on once it is too large', async () => {
    const { read, arrived, send, socket, used } = await world()
    send('Transfer-Encoding: chunked', `5\r\n01234\r\n`)
    await arrived
    await sleep(30)
    socket.write('6\r\nabcdef\r\n')
    expect(await text(read)).toBe('too-large')
    // The chunk that went beyond is not kept.
    expect(used()).toBeLessThanOrEqual(5)
  })

  it('is gone with its caller', async () => {
    const { read, arrived, send, socket } = await world()
    send('Content-Length: 5', 'he')
    await arrived
    await sleep(20)
    socket.destroy()
    expect(await text(read)).toBe('gone')
  })

  it('is gone also where the caller went before it was asked for', async () => {
    const { read, arrived, send, socket } = await world({ delay: 200 })
    send('Content-Length: 5', 'he')
    await arrived
    socket.destroy()
    const started = performance.now()
    expect(await text(read)).toBe('gone')
    // And not at the deadline, with everything the exchange holds until then.
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('is asked for by 100 Continue, no sooner than it is wanted', async () => {
    const { read, arrived, send, received, socket } = await world({ delay: 60 })
    send('Content-Length: 5\r\nExpect: 100-continue')
    await arrived
    expect(received()).toBe('')
    for (let waited = 0; received() === '' && waited < 2000; waited += 10) await sleep(10)
    expect(received()).toContain('100 Continue')
    socket.write('hello')
    expect(await text(read)).toBe('hello')
  })

  it('that is too large by its own words is not asked for', async () => {
    const { read, send, received } = await world()
    send('Content-Length: 11\r\nExpect: 100-continue')
    expect(await text(read)).toBe('too-large')
    await sleep(20)
    expect(received()).not.toContain('100 Continue')
  })
})
