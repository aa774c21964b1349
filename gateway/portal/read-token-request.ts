import { err, ok, type Result } from '../domain/result.ts'

/** What a form asks for, nothing of it checked. */
export interface TokenRequest {
  readonly grantType: string
  readonly clientId: string
  /** Names separated by one space each; null: not given. */
  readonly scope: string | null
}

/**
 * Reads an attacker-controlled form (RFC 6749 section 3.2 and appendix B): no parameter comes twice, one without a value counts as
 * left out, and there is no second way to say who the client is beside the certificate (section 2.3).
 */
export function readForm(body: unknown, authorization: string | undefined): Result<TokenRequest> {
  if (typeof body !== 'string') return err('The body has to be application/x-www-form-urlencoded.')
  if (authorization !== undefined) return err('The client is known by its certificate: send no Authorization.')
  const values = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (values.has(name)) return err('A parameter comes twice.')
    values.set(name, value)
  }
  if (values.has('client_secret') || values.has('client_assertion'))
    return err('The client is known by its certificate: send no other credentials.')
  const grantType = values.get('grant_type') ?? ''
  const clientId = values.get('client_id') ?? ''
  if (grantType === '') return err('grant_type is missing.')
  if (clientId === '') return err('client_id is missing.')
  const scope = values.get('scope') ?? ''
  return ok({ grantType, clientId, scope: scope === '' ? null : scope })
}
