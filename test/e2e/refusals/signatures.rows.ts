import { expect } from '@jest/globals'
import { LIST, PURPOSE, type Row } from '../../support/refusals/row.ts'
import type { Scene } from '../../support/refusals/scene.ts'
import { demoKey } from '../../support/signatures/demo-key.ts'
import { signRequest } from '../../support/signatures/sign-request.ts'

const refused = { records: ['refusal'], forwarded: 'no' } as const

/** A call that is signed with the key that the demo registers for the caller. */
const signed = ({ world }: Scene, headers: Record<string, string> = {}): Record<string, string> =>
  signRequest(
    {
      target: LIST.path,
      authority: `localhost:${world.gateway.exchangePort}`,
      headers: { ...PURPOSE, ...headers },
    },
    { key: demoKey(world) },
  )
const shownWith = (headers: Record<string, string>): string =>
  [`GET ${LIST.path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${shorten(value)}`)].join(
    '\n',
  )
/** What differs from run to run. */
const shorten = (value: string): string =>
  value.replace(/created=.*/, 'created=…;expires=…;nonce="…";keyid="…"').replace(/=:.*/, '=:…:')

export const signatureRows: readonly Row[] = [
  {
    what: 'an unsigned header beside a signature',
    call: async scene => {
      const headers = { ...signed(scene), 'exchange-mode': 'check' }
      return { ...(await scene.call({ path: LIST.path, headers })), shown: shownWith(headers) }
    },
    status: 401,
    code: 'signature-invalid',
    ...refused,
    detail: 'not-covered',
    documents: true,
  },
  {
    what: 'a copy of a signed request',
    call: async scene => {
      // In check mode, so that the first one does not cross either.
      const headers = signed(scene, { 'exchange-mode': 'check' })
      expect((await scene.call({ path: LIST.path, headers })).status).toBe(200)
      return { ...(await scene.call({ path: LIST.path, headers })), shown: shownWith(headers) }
    },
    status: 401,
    code: 'signature-replayed',
    ...refused,
    documents: true,
  },
]
