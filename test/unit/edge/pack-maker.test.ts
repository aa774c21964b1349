import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHash, createSecretKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExchangeId } from '../../../gateway/domain/exchange-id.ts'
import type { GatewayId } from '../../../gateway/domain/gateway-id.ts'
import type { Instant } from '../../../gateway/domain/instant.ts'
import { packMaker, type PackMakerOptions } from '../../../gateway/edge/pack-maker.ts'

describe('the making of packs', () => {
  let keysDir: string
  beforeAll(() => {
    keysDir = mkdtempSync(join(tmpdir(), 'lienthong-packs-'))
  })
  afterAll(() => rmSync(keysDir, { recursive: true, force: true }))

  it('takes few connections at a time, however many ask and wait for what is not there', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = {
      id: createHash('sha256')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest('hex'),
      publicKey,
      since: 0,
      sign: async (data: Uint8Array) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    }
    let [now, most] = [0, 0]
    const query = async () => {
      most = Math.max(most, ++now)
      await sleep(1)
      now--
      return { rows: [] }
    }
    const packs = packMaker({
      database: { pool: { query } },
      follow: async () => undefined,
      keys: { current: () => key, evidence: createSecretKey(Buffer.alloc(32)) },
      keysDir,
      gateway: 'gateway-1' as GatewayId,
      software: 'test',
      now: () => 0 as Instant,
      maySign: () => true,
      patienceMillis: 100,
    } as unknown as PackMakerOptions)
    const scope = { kind: 'exchange', exchange: '01890000-0000-7000-8000-000000000000' as ExchangeId } as const
    const asked = Array.from({ length: 40 }, () => packs.make({ scope, withKeys: false, signingKey: () => null }))
    expect((await Promise.all(asked)).map(made => made.ok)).toEqual(asked.map(() => false))
    expect(most).toBeLessThanOrEqual(2)
  })
})
