import { describe, expect, it } from '@jest/globals'
import express, { type Router } from 'express'
import supertest from 'supertest'
import { records } from '../../../demo/data-centre/records.ts'
import { keepNewest } from '../../../demo/provider/keep-newest.ts'

/** A router alone, called as the gateway would call it. What needs only one consumer is tested end to end (demo-world.test.ts). */
const as = (router: Router) => {
  const app = express().use(express.json(), router)
  return (consumer: string) => supertest.agent(app).set('Exchange-Consumer', consumer)
}

const deposit = { title: 'Quyết định', retention: 'P20Y' }

describe('records of two systems', () => {
  it('are seen, changed and withdrawn by the one that deposited them only, and nobody else learns that they exist', async () => {
    const call = as(records())
    const [owner, other] = [call('G99.21/records'), call('G99.22/logistics')]
    const { body } = (await owner.post('/records').send(deposit)) as { body: { id: string } }
    const path = `/records/${body.id}`
    const unknown = await other.get('/records/6f1c1b7e-54a5-4b53-9d0a-0c8f6d1f2a11')
    for (const answered of [
      await other.get(path),
      await other.patch(path).send({ retention: 'P5Y', reason: 'x' }),
      await other.delete(path),
    ])
      expect([answered.status, answered.body]).toEqual([404, unknown.body])
    expect((await owner.get(path)).body).toMatchObject({ ...deposit, depositedBy: 'G99.21/records' })
  })

  it('do not meet in one Idempotency-Key', async () => {
    const call = as(records())
    const ids = new Set<unknown>()
    for (const consumer of ['G99.21/records', 'G99.22/logistics']) {
      const answered = await call(consumer).post('/records').set('Idempotency-Key', 'same').send(deposit)
      expect(answered.status).toBe(201)
      ids.add((answered.body as { id: unknown }).id)
    }
    expect(ids.size).toBe(2)
  })

  it('are refused in the language that the caller prefers', async () => {
    const answered = await as(records())('G99.21/records').get('/records/x').set('Accept-Language', 'vi-VN, en;q=0.5')
    expect(answered.body).toEqual({ code: 'not-found', message: 'Hệ thống chưa nộp hồ sơ nào có mã này.' })
  })
})

describe('what a demo keeps', () => {
  it('is bounded: the oldest goes first', () => {
    const map = new Map<number, number>()
    for (let n = 0; n < 10_005; n++) keepNewest(map, n, n)
    expect([map.size, map.has(4), map.has(5), map.has(10_004)]).toEqual([10_000, false, true, true])
  })
})
