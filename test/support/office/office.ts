import type { KeyObject } from 'node:crypto'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import type { Digest } from '../../../gateway/domain/digest.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import type { Verdict } from '../../../gateway/snapshot/change.ts'
import { keyOf } from '../refusals/certificates.ts'
import { type Answered, clientOf } from '../world/client.ts'
import type { World } from '../world/world.ts'
import { checkAnswer } from './check-answer.ts'

/** A change as the API answers with it. */
export interface ShownChange {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly revision: number | null
  readonly text: {
    readonly edits: readonly { readonly kind: string; readonly id: string; readonly was: string | null }[]
  }
  readonly words: readonly string[]
  readonly digests: Readonly<Record<Verdict, Digest>>
}

export interface OfficeCall {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An officer at the office API, with the certificate and the key of the certificate. Every answer is checked against the document. */
export interface OfficeClient {
  readonly name: string
  /** The officer's own key. */
  identity(): { readonly key: KeyObject }
  call(call: OfficeCall): Promise<Answered>
  /** Drafts a change; throws where it is refused. */
  draft(edits: readonly unknown[], more?: object): Promise<ShownChange>
  /** Tries an act on the version that was read. */
  act(act: string, change: ShownChange, body?: unknown): Promise<Answered>
  signed(verdict: Verdict, change: ShownChange): { readonly jws: string }
  propose(change: ShownChange): Promise<ShownChange>
  approve(change: ShownChange): Promise<ShownChange>
  close(): void
}

/** `file` is that of key and certificate: `officer.security-1`; null: neither. `port`: of another office process. */
export function officeClient(
  world: World,
  file: string | null,
  port: () => number = () => world.gateway.officePort,
): OfficeClient {
  const client = clientOf(world.certsDir, port, file)
  const name = (file ?? '').replace('officer.', '')
  const identity = () => ({ key: keyOf(world.certsDir, file ?? '') })
  const office: OfficeClient = {
    name,
    async call({ method = 'GET', path, body, headers = {} }) {
      const answered = await client.call({
        method,
        path,
        headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      checkAnswer(method, path, answered)
      return answered
    },
    async draft(edits, more = {}) {
      return changeIn(
        await office.call({
          method: 'POST',
          path: '/api/v1/changes',
          body: { title: 'A test', reason: 'A test changes the configuration.', edits, ...more },
        }),
      )
    },
    act: (act, change, body) =>
      office.call({
        method: 'POST',
        path: `/api/v1/changes/${change.id}/${act}`,
        headers: { 'if-match': `"${change.version}"` },
        ...(body === undefined ? {} : { body }),
      }),
    signed: (verdict, change) => ({
      jws: signApproval(must(parseOfficerId(name)), change.digests[verdict], identity().key),
    }),
    propose: async change => changeIn(await office.act('proposal', change, office.signed('propose', change))),
    approve: async change => changeIn(await office.act('approval', change, office.signed('approve', change))),
    identity,
    close: () => client.close(),
  }
  return office
}

/** The change of an answer; throws with the problem where it is none. */
export function changeIn(answered: Answered): ShownChange {
  if (answered.status >= 300) throw new Error(answered.text)
  return answered.json as unknown as ShownChange
}

/** What an edit needs: the object as it is now, changed. */
export async function edited<K extends 'agreements' | 'officers' | 'systems' | 'services'>(
  office: OfficeClient,
  kind: string,
  id: string,
  change: Partial<ConfigurationDocument[K][number]>,
): Promise<object> {
  const { json } = await office.call({ path: `/api/v1/objects/${kind}/${encodeURIComponent(id)}` })
  const { digest, value } = json as unknown as { digest: string; value: object }
  return { kind, id, was: digest, value: { ...value, ...change } }
}
