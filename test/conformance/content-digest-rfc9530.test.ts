import { describe, expect, it } from '@jest/globals'
import { checkContentDigest } from '../../gateway/exchange/check-content-digest.ts'
import { TEST_REQUEST, TEST_RESPONSE } from './rfc9421.vectors.ts'

// https://www.rfc-editor.org/rfc/rfc9530.html
const HELLO = '{"hello": "world"}\n'
const SHA_256 = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'
const SHA_512 = 'sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:'

describe('RFC 9530', () => {
  it.each([
    ['appendix B.1, a full representation', SHA_256, HELLO, 'holds'],
    ['appendix D, sha-512', SHA_512, HELLO, 'holds'],
    ['section 2, both', `${SHA_256},${SHA_512}`, HELLO, 'holds'],
    ['the same of another body', SHA_256, '{"hello": "world"}', 'differs'],
    ['one of both of another body', `${SHA_512},sha-256=:${Buffer.alloc(32).toString('base64')}:`, HELLO, 'differs'],
    ['section 5, a deprecated algorithm alone', 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:', HELLO, 'unreadable'],
    ['RFC 9421 appendix B.2, test-request', TEST_REQUEST.headers[7], TEST_REQUEST.body, 'holds'],
    [
      'RFC 9421 appendix B.2, test-response',
      TEST_RESPONSE.fields.get('content-digest') ?? '',
      TEST_RESPONSE.body,
      'holds',
    ],
  ])('%s', (_title, header, body, expected) => {
    expect(checkContentDigest(header, Buffer.from(body))).toBe(expected)
  })
})
