import { checkContentDigest } from './check-content-digest.ts'
import { checkSignature, missesSignature } from './check-signature.ts'
import { checkToken } from './check-token.ts'
import { type Adds, type Admitted, type Received, refuse, type Refused } from './known.ts'
import type { Ports } from './ports.ts'
import { readMediaType } from './read-media-type.ts'

/** The whole body, bounded; its media type, encoding and digest; the token and the signature where the agreement asks for them. */
export async function receive(admitted: Admitted, ports: Ports): Promise<Adds<Admitted, Received> | Refused> {
  const { headers, operation } = admitted
  const missing = missesSignature(admitted)
  if (missing) return missing
  const checked = checkToken(admitted, ports)
  if ('refused' in checked) return checked
  if (headers.contentEncoding !== null && headers.contentEncoding.toLowerCase() !== 'identity')
    return { ...refuse({ code: 'content-encoding-refused' }), close: true }
  const read = admitted.body.read(operation.maxRequestBytes)
  const body = read instanceof Promise ? await read : read
  if (typeof body === 'string') return unread(body, operation.maxRequestBytes)

  const mediaType = body.length === 0 || headers.contentType === null ? null : readMediaType(headers.contentType)
  if (body.length > 0 && operation.request === null)
    return refuse({
      code: 'request-invalid',
      violations: [{ pointer: '', keyword: 'body', message: 'this operation takes no body' }],
    })
  if (body.length > 0 && (mediaType === null || !operation.request?.content.has(mediaType)))
    return refuse({ code: 'media-type-refused' })
  if (headers.contentDigest !== null) {
    const digest = checkContentDigest(headers.contentDigest, body)
    if (digest !== 'holds') return refuse({ code: 'digest-mismatch' }, { detail: digest })
  }
  const signed = await checkSignature(admitted, body, ports)
  if ('refused' in signed) return signed
  return { ...checked, ...signed, requestBody: body, mediaType, receivedAt: ports.clock.now() }
}

/** Where the rest of a body is not read, the connection cannot be used again. */
function unread(why: 'too-large' | 'timeout' | 'gone' | 'overloaded', maxBytes: number): Refused {
  switch (why) {
    case 'too-large':
      return { ...refuse({ code: 'request-too-large', detail: `At most ${maxBytes} bytes.` }), close: true }
    case 'timeout':
      return { ...refuse({ code: 'request-timeout' }), close: true }
    case 'overloaded':
      return { ...refuse({ code: 'overloaded', retryAfter: 1 }), close: true }
    case 'gone':
      return { refused: { code: 'caller-gone' }, kind: 'undelivered', close: true }
  }
}
