import type { Token } from '../identity/tokens/check-token.ts'
import { type Permitted, refuse, type Refused } from './known.ts'
import type { Ports } from './ports.ts'

/** RFC 6750 section 2.1 with RFC 9110 section 11.1: the scheme in any case, one token68. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * The access token of an agreement that asks for one: ours, in force, bound to this very certificate, and for this agreement.
 * Where the agreement asks for none, what came is not looked at; it is never passed on.
 */
export function checkToken(
  { permit, headers, consumer, connection }: Permitted,
  ports: Ports,
): { readonly token: Token | null } | Refused {
  const { agreement } = permit
  if (agreement.token === 'none') return { token: null }
  const text = BEARER.exec(headers.authorization ?? '')?.[1]
  if (text === undefined) return refuse({ code: 'token-missing' })
  const bearer = { system: consumer.id, certificate: connection.peer.fingerprint, agreement: agreement.id }
  const checked = ports.tokens.check(text, bearer, ports.clock.now())
  return checked.ok ? { token: checked.value } : refuse({ code: 'token-invalid' }, { detail: checked.error })
}
