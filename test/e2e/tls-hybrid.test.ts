import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createSecureContext, type TLSSocket } from 'node:tls'
import type { Answered } from '../support/world/client.ts'
import { requestText } from '../support/refusals/raw-connection.ts'
import { LIST } from '../support/refusals/row.ts'
import { RECORDS, type Scene, setScene } from '../support/refusals/scene.ts'
import { runCommand } from '../support/world/gateway-process.ts'

const HYBRID = 'X25519MLKEM768'
const REQUEST = requestText(`GET ${LIST.path} HTTP/1.1`, [
  ['Host', 'localhost'],
  ['Exchange-Purpose', 'reference-data'],
])

/** OpenSSL has hybrid groups from 3.5 on, so Node 24 does. Gateway and test run on the same Node. */
const hasHybrid = ((): boolean => {
  try {
    createSecureContext({ ecdhCurve: HYBRID })
    return true
  } catch {
    return false
  }
})()

/** The side of the client is told the group: Node 24 names the hybrid ones, too. */
const groupOf = (socket: TLSSocket): string | undefined =>
  (socket.getEphemeralKeyInfo() as { readonly name?: string } | null)?.name

describe(`key exchange on Node ${process.versions.node} (OpenSSL ${process.versions.openssl})`, () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await setScene({})
  })
  afterAll(() => scene?.close())

  /** One exchange over a connection of its own. `groups`: what the client offers, in its order of preference. */
  async function exchange(groups?: string): Promise<{ group: string | undefined; answered: Answered }> {
    const raw = await scene.raw(RECORDS, groups === undefined ? {} : { ecdhCurve: groups })
    const group = groupOf(raw.socket)
    raw.send(REQUEST)
    const answered = await raw.answer()
    raw.socket.destroy()
    return { group, answered }
  }

  it('Node 24 has the hybrid group', () => {
    // The rows for the hybrid group must not be skipped without anybody noticing.
    if (Number(process.versions.node.split('.')[0]) >= 24) expect(hasHybrid).toBe(true)
  })

  const hybrid = hasHybrid ? describe : describe.skip
  hybrid('where the runtime has the hybrid group', () => {
    it.each([
      ['with its own defaults', undefined],
      // It succeeds, so this group was used, whatever the client says.
      ['that offers nothing else', HYBRID],
      // Its key share is for the classic group: the gateway asks again.
      ['that prefers a classic group', `X25519:${HYBRID}`],
    ])('a client %s gets it', async (_what, groups) => {
      const { group, answered } = await exchange(groups)
      expect([group, answered.status]).toEqual([HYBRID, 200])
    })

    it('a client that does not have it gets a classic one', async () => {
      const { group, answered } = await exchange('X25519:P-256')
      expect([group, answered.status]).toEqual(['X25519', 200])
    })

    it('towards a provider it is used and recorded', async () => {
      const { answered } = await exchange()
      const records = await scene.recordsOf(String(answered.headers['exchange-id']))
      expect(records.map(({ kind, fields }) => [kind, fields.providerTls])).toEqual([
        ['request', undefined],
        ['response', { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', group: HYBRID }],
      ])
    })
  })

  const classic = hasHybrid ? describe.skip : describe
  classic('where it does not: OpenSSL below 3.5 knows no group with ML-KEM, so nobody can offer one', () => {
    it('a client with its own defaults gets X25519', async () => {
      const { group, answered } = await exchange()
      expect([group, answered.status]).toEqual(['X25519', 200])
    })

    it('towards a provider X25519 is used and recorded', async () => {
      const { answered } = await exchange()
      const records = await scene.recordsOf(String(answered.headers['exchange-id']))
      expect(records.at(-1)?.fields.providerTls).toEqual({
        version: 'TLSv1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        group: 'X25519',
      })
    })

    it('a gateway that is told to use it does not start', async () => {
      const { code, stderr } = await runCommand(['serve'], { ...scene.world.environment, TLS_GROUPS: HYBRID })
      expect(code).toBe(2)
      expect(stderr).toContain(`TLS_GROUPS: ${HYBRID} is not in OpenSSL ${process.versions.openssl} of this runtime`)
    })
  })
})
