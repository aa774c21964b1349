import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WitnessDirectory } from '../../../gateway/edge/witness/witness-directory.ts'
import { startWitnessServer, type WitnessServer } from '../../../gateway/edge/witness/witness-server.ts'

describe('a witness that anybody may reach', () => {
  let directory: string
  let server: WitnessServer
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-witness-'))
    server = await startWitnessServer({
      directory: WitnessDirectory.make(directory, 'own.example'),
      host: '127.0.0.1',
      port: 0,
      tls: null,
      // One second for all of the test.
      now: () => 0,
      onAnswer: () => undefined,
      onFault: () => undefined,
    })
  })
  afterEach(async () => {
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const ask = (localAddress: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, path: '/healthz', localAddress, agent: false }
      get(options, answer => answer.resume().on('end', () => resolve(answer.statusCode ?? 0))).on('error', reject)
    })

  it('answers its log while a stranger asks without end', async () => {
    const stranger: number[] = []
    for (let asked = 0; asked < 110; asked++) stranger.push(await ask('127.0.0.2'))
    expect(stranger.filter(status => status === 429)).toHaveLength(10)
    expect(await ask('127.0.0.3')).toBe(200)
  })
})
