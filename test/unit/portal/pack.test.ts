import { describe, expect, it } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import { err, ok } from '../../../gateway/domain/result.ts'
import { type PackEndpoint, packEndpoint } from '../../../gateway/portal/pack.ts'
import { PackWorld } from '../../support/packs/pack-world.ts'

const EXCHANGE = '01a203a8-4558-75df-bc31-000000000000'

/** What `/exchanges/{id}/pack` answers where there is no pack; the packs themselves: test/e2e/packs.test.ts. */
describe('GET /exchanges/{id}/pack', () => {
  const asked = async (changes: Partial<PackEndpoint>) => {
    const world = await PackWorld.make(1, false)
    world.close()
    const records = world.data.leaves.map((leaf, index) => ({ lane: world.data.name, index, leaf }) as never)
    const client = { system: 'G99.21/records', certificate: '', snapshot: { signingKey: () => null } }
    const endpoint = packEndpoint({
      identify: () => ok(client as never),
      reader: { recordsOf: async () => records, exchangesOf: async () => [] },
      packs: { make: async () => err({ reason: 'nothing' }) },
      held: async () => null,
      onFault: () => undefined,
      ...changes,
    })
    const answered = await request(express().get('/exchanges/:id/pack', endpoint)).get(`/exchanges/${EXCHANGE}/pack`)
    return [answered.status, answered.get('exchange-problem'), answered.get('retry-after')]
  }

  it('says when to come back where what proves the records is still to be written', async () => {
    const packs = { make: async () => err({ reason: 'lane-not-named' as const, lane: CONTROL_LANE }) }
    expect(await asked({ packs })).toEqual([503, 'evidence-pending', '10'])
  })

  it('holds back who asks too often, before anything is read', async () => {
    const reader: PackEndpoint['reader'] = {
      recordsOf: () => Promise.reject(new Error('read')),
      exchangesOf: () => Promise.reject(new Error('read')),
    }
    expect(await asked({ held: async () => 3, reader })).toEqual([429, 'system-rate-exceeded', '3'])
  })

  it('tells who is no system of ours, and who is no party, nothing', async () => {
    expect(await asked({ identify: () => err('certificate-untrusted') })).toEqual([
      401,
      'certificate-untrusted',
      undefined,
    ])
    const client = { system: 'G99.23/training', certificate: '', snapshot: {} }
    expect(await asked({ identify: () => ok(client as never) })).toEqual([404, 'exchange-not-found', undefined])
  })
})
