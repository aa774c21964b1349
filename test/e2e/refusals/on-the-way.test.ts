import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Client as Postgres } from 'pg'
import { applyRevision, withAgreement, writeRevision } from '../../support/refusals/next-revision.ts'
import { type RawConnection, requestText } from '../../support/refusals/raw-connection.ts'
import { CATEGORIES, LIST } from '../../support/refusals/row.ts'
import { runRows } from '../../support/refusals/run-rows.ts'
import { eventually, type Scene, setScene } from '../../support/refusals/scene.ts'
import { type Answer, json } from '../../support/world/test-provider.ts'
import { withdrawalRows } from './on-the-way.rows.ts'
import { lockRecords } from '../../support/world/lock-records.ts'

const found = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], total: 1 }
const page = { ...found, page: 1, pageSize: 50 }
/** Answers each operation as it is described. */
const good: Answer = (seen, ...rest) => json(200, seen.method === 'POST' ? found : page)(seen, ...rest)

const GET = requestText(`GET ${LIST.path} HTTP/1.1`, [
  ['Host', 'localhost'],
  ['Exchange-Purpose', 'reference-data'],
])

describe('what changes while a call is on its way', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await setScene({ answer: good })
  })
  afterAll(() => scene?.close())

  describe('by a revision', () => runRows(() => scene, withdrawalRows))

  describe('because the caller goes away', () => {
    const cases: readonly {
      step: string
      go: (raw: RawConnection) => Promise<void>
      kinds: readonly string[]
      crossed: number
    }[] = [
      {
        step: 'while it sends its body',
        async go(raw) {
          const headers = [
            ['Host', 'localhost'],
            ['Exchange-Purpose', 'reference-data'],
            ['Content-Type', 'application/json'],
            ['Content-Length', '100'],
          ] as const
          raw.send(requestText(`POST ${CATEGORIES}/provinces/search HTTP/1.1`, headers, '{"codes":'))
          await new Promise(resolve => setTimeout(resolve, 100))
          raw.socket.destroy()
        },
        kinds: ['undelivered'],
        crossed: 0,
      },
      {
        step: 'while its request is being recorded',
        async go(raw) {
          const unlock = await lockRecords(scene.world.database.adminUrl)
          raw.send(GET)
          await new Promise(resolve => setTimeout(resolve, 200))
          raw.socket.destroy()
          await new Promise(resolve => setTimeout(resolve, 200))
          await unlock()
        },
        kinds: ['request', 'undelivered'],
        crossed: 0,
      },
      {
        step: 'while the provider works',
        async go(raw) {
          const gone = new Promise<void>(resolve => {
            scene.world.provider.answer = async (...asked) => {
              raw.socket.destroy()
              await new Promise(done => setTimeout(done, 200))
              await good(...asked)
              resolve()
            }
          })
          raw.send(GET)
          await gone
        },
        kinds: ['request', 'undelivered'],
        crossed: 1,
      },
      {
        step: 'when the answer is released, before it has read it',
        async go(raw) {
          // Spaces are JSON: more than the buffers between gateway and caller hold.
          const padded = `${JSON.stringify(page)}${' '.repeat(9 * 1024 * 1024)}`
          const answered = new Promise<void>(resolve => {
            scene.world.provider.answer = (_seen, _request, response) =>
              void response.writeHead(200, { 'content-type': 'application/json' }).end(padded, () => resolve())
          })
          const released = await scene.watchRecords()
          raw.socket.pause()
          raw.send(GET)
          await answered
          await eventually(released, records => records.some(({ kind }) => kind === 'response'))
          await new Promise(resolve => setTimeout(resolve, 200))
          raw.socket.destroy()
        },
        kinds: ['request', 'response', 'undelivered'],
        crossed: 1,
      },
    ]

    it.each(cases)('$step: $kinds; forwarded: $crossed', async ({ go, kinds, crossed }) => {
      const watched = await scene.watchRecords()
      const seen = scene.world.provider.seen.length
      const raw = await scene.raw()
      await go(raw)
      const last = (records: readonly { kind: string }[]): boolean => records.at(-1)?.kind === 'undelivered'
      const added = await eventually(watched, last)
      scene.world.provider.answer = good
      expect(added.map(({ kind }) => kind)).toEqual(kinds)
      expect(new Set(added.map(({ exchange }) => exchange)).size).toBe(1)
      expect(added.at(-1)?.fields.problem).toBe('caller-gone')
      expect(scene.world.provider.seen.length - seen).toBe(crossed)
    })
  })

  // Last: the gateway serves the old revision for the grace period and no longer.
  describe('by a revision that officers did not sign', () => {
    it.each([
      ['nobody', []],
      ['one officer', ['security-1']],
      ['one officer twice', ['security-1', 'security-1']],
      ['one security officer and an operator', ['security-1', 'operator-1']],
    ] as const)(
      'signed by %s: not obeyed, an error in the log, exchanges go on under the old one',
      async (_who, signers) => {
        const { world } = scene
        const errors = (): number => world.gateway.log().split('a revision cannot be obeyed').length
        const before = errors()
        // It gives more: what only takes away needs one officer.
        const number = await writeRevision(
          world,
          withAgreement('records-categories', { ceiling: 'restricted' }),
          signers,
        )
        await eventually(errors, count => count > before)
        const answered = await scene.call(LIST)
        expect(answered.status).toBe(200)
        const [record] = await scene.recordsOf(String(answered.headers['exchange-id']))
        expect(record?.fields.revision).toBe(number - 1)
        expect(world.gateway.log()).toContain('not-approved')
        await dropRevision(world.database.adminUrl, number)
        // The error is told once a revision: the next row needs another number.
        const contacts = { consumer: `Behind revision ${number}`, provider: 'Trung tâm Dữ liệu' }
        await applyRevision(world, withAgreement('records-categories', { contacts }))
      },
    )
  })
})

/** Only so that the next row can try the same number: no role of the gateway may do this. */
async function dropRevision(adminUrl: string, number: number): Promise<void> {
  const client = new Postgres({ connectionString: adminUrl })
  await client.connect()
  await client.query('DELETE FROM revision WHERE number = $1', [number])
  await client.end()
}
