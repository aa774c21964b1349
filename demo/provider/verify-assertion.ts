import { createHash, type KeyObject } from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import jwt from 'jsonwebtoken'

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('base64url')

/**
 * Lets in only what the gateway vouches for: this very request, now, and once. `issuer`: the gateway's address; `audience`: our own
 * system; `keyOf`: the gateway's key of this name, or a rejection. The body has to be parsed by `express.json({ verify: keepBytes })`.
 */
export function verifyAssertion(issuer: string, audience: string, keyOf: (name?: string) => Promise<KeyObject>) {
  const seen = new Map<string, number>()
  const check = async (request: Request & { bytes?: Uint8Array }): Promise<void> => {
    const token = request.get('exchange-assertion') ?? ''
    const key = await keyOf(jwt.decode(token, { complete: true })?.header.kid)
    const must = {
      algorithms: ['ES256' as const],
      issuer,
      audience,
      maxAge: 60,
      clockTolerance: 5,
      complete: true as const,
    }
    const { header, payload } = jwt.verify(token, key, must)
    if (header.typ !== 'lienthong-assertion+jwt' || 'crit' in header) throw new Error('not an assertion')
    if (typeof payload === 'string' || !payload.exp || !payload.jti) throw new Error('incomplete')
    if (payload.htm !== request.method || payload.target !== sha256(request.originalUrl))
      throw new Error('another target')
    if (payload.body !== sha256(request.bytes ?? '')) throw new Error('another body')
    if (payload.sub !== request.get('exchange-consumer')) throw new Error('another consumer')
    for (const [jti, end] of seen) if (end < Date.now() / 1000) seen.delete(jti)
    if (seen.has(payload.jti)) throw new Error('seen before')
    seen.set(payload.jti, payload.exp + 5)
  }
  return (request: Request, response: Response, next: NextFunction): void =>
    void check(request).then(
      () => next(),
      () =>
        response
          .status(401)
          .json({ code: 'assertion-invalid', message: 'The gateway does not vouch for this request.' }),
    )
}

export const keepBytes = (request: object, _response: unknown, bytes: Uint8Array): void =>
  void Object.assign(request, { bytes })
