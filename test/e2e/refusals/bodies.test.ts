import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { checkPage, exampleOf } from '../../support/refusals/problem-page.ts'
import { CATEGORIES } from '../../support/refusals/row.ts'
import type { Answered } from '../../support/world/client.ts'
import { requestText } from '../../support/refusals/raw-connection.ts'
import { runRows } from '../../support/refusals/run-rows.ts'
import { eventually, type Scene, setScene } from '../../support/refusals/scene.ts'
import { describedRows, strictJsonRows, wrappingRows } from './bodies.rows.ts'
import { framingRows } from './framing.rows.ts'

describe('a request that is not what it has to be', () => {
  let scene: Scene
  /** Takes the 30 s that a body may take: begun first, looked at last. */
  let tooSlow: Promise<Answered>

  beforeAll(async () => {
    scene = await setScene({})
    const raw = await scene.raw()
    const headers = [
      ['Host', 'localhost'],
      ['Exchange-Purpose', 'reference-data'],
      ['Content-Type', 'application/json'],
      ['Content-Length', '100'],
    ] as const
    raw.send(requestText(`POST ${CATEGORIES}/provinces/search HTTP/1.1`, headers, '{"codes":'))
    tooSlow = raw.answer()
  })
  afterAll(() => scene?.close())

  describe('because it is not strict JSON', () => runRows(() => scene, strictJsonRows))
  describe('because it is not described or granted', () => runRows(() => scene, describedRows))
  describe('because of its size, type, encoding or digest', () => runRows(() => scene, wrappingRows))
  describe('because of its framing', () => runRows(() => scene, framingRows))

  it.each(['zz\r\n', '5\r\nabcdefgh\r\n', '-1\r\n', 'fffffffffffffffff\r\n'])(
    'a bad chunk (%j) in a body: 400 request-malformed; undelivered, since its exchange had begun; forwarded: no',
    async chunk => {
      const seen = scene.world.provider.seen.length
      const added = await scene.watchRecords()
      const raw = await scene.raw()
      const headers = [
        ['Host', 'localhost'],
        ['Exchange-Purpose', 'reference-data'],
        ['Content-Type', 'application/json'],
        ['Transfer-Encoding', 'chunked'],
      ] as const
      raw.send(requestText(`POST ${CATEGORIES}/provinces/search HTTP/1.1`, headers, chunk))
      const answered = await raw.answer()
      expect([answered.status, answered.json?.code]).toEqual([400, 'request-malformed'])
      expect(await raw.closed()).toBe('')
      const records = await eventually(added, found => found.length > 0)
      expect(records.map(({ kind, fields }) => [kind, fields.problem])).toEqual([['undelivered', 'caller-gone']])
      expect(scene.world.provider.seen.length).toBe(seen)
    },
  )

  it('a second answer never comes for a request that waits for its first', async () => {
    const { provider } = scene.world
    const before = provider.answer
    let release: () => void = () => undefined
    const arrived = new Promise<void>(resolve => {
      provider.answer = async (seen, request, response) => {
        const released = new Promise<void>(done => (release = done))
        resolve()
        await released
        await before(seen, request, response)
      }
    })
    const raw = await scene.raw()
    const headers = [
      ['Host', 'localhost'],
      ['Exchange-Purpose', 'reference-data'],
    ] as const
    raw.send(requestText(`GET ${CATEGORIES}/provinces HTTP/1.1`, headers))
    await arrived
    // Unreadable bytes behind a request that was forwarded: a 400 now would be taken for its answer.
    raw.send('GARBAGE\r\n\r\n')
    expect(await raw.closed()).toBe('')
    provider.answer = before
    release()
  })

  it('a body that does not arrive in time: 408 request-timeout; refusal; forwarded: no', async () => {
    const before = scene.world.provider.seen.length
    const answered = await tooSlow
    expect([answered.status, answered.json?.code]).toEqual([408, 'request-timeout'])
    const records = await scene.recordsOf(String(answered.headers['exchange-id']))
    expect(records.map(({ kind, fields }) => [kind, fields.problem])).toEqual([['refusal', 'request-timeout']])
    expect(scene.world.provider.seen.length).toBe(before)
    const shown = `POST ${CATEGORIES}/provinces/search HTTP/1.1
Exchange-Purpose: reference-data
Content-Type: application/json
Content-Length: 100

{"codes":`
    const row = {
      what: '',
      call: async () => answered,
      status: 408,
      code: 'request-timeout',
      records: [],
      forwarded: 'no',
    } as const
    checkPage('request-timeout', { what: 'A body that stops', text: exampleOf(row, { ...answered, shown }) })
  })
})
