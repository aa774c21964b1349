import { describe, expect, it } from '@jest/globals'
import { constants, createHmac, createPublicKey, verify } from 'node:crypto'
import { type InnerList, parseDictionary } from 'structured-headers'
import { requestMessage, requestValue } from '../../gateway/identity/message-signature/request-values.ts'
import { signatureBase } from '../../gateway/identity/message-signature/signature-base.ts'
import { verifyBytes } from '../../gateway/identity/message-signature/verify-bytes.ts'
import {
  BOUND_RESPONSE,
  TEST_KEY_ECC_P256,
  TEST_KEY_ED25519,
  TEST_KEY_RSA_PSS,
  TEST_REQUEST,
  TEST_RESPONSE,
  TEST_SHARED_SECRET,
  type Vector,
  VECTORS,
} from './rfc9421.vectors.ts'

const message = requestMessage(TEST_REQUEST.method, TEST_REQUEST.target, TEST_REQUEST.headers)

const onlyMember = (text: string) => [...parseDictionary(text).values()][0]
const inputOf = (text: string) => onlyMember(text) as InnerList
const bytesOf = (text: string) => Buffer.from(onlyMember(text)?.[0] as ArrayBuffer)

function valueOf(of: Vector['of'], name: string, parameters: ReadonlyMap<string, unknown>): string | null {
  if (of === 'response')
    return name === '@status' ? String(TEST_RESPONSE.status) : (TEST_RESPONSE.fields.get(name) ?? null)
  // The gateway takes no part of a query alone: @query-param is given here, and refused there (read-signature.ts).
  if (name === '@query-param') return new URLSearchParams('param=Value&Pet=dog').get(String(parameters.get('name')))
  return requestValue(message, name)
}

/** Whether the published signature holds over a base. */
const VERIFY: Readonly<Record<Vector['key'], (base: Buffer, signature: Buffer) => boolean>> = {
  'ecdsa-p256-sha256': (base, signature) => verifyBytes('ES256', createPublicKey(TEST_KEY_ECC_P256), base, signature),
  ed25519: (base, signature) => verifyBytes('Ed25519', createPublicKey(TEST_KEY_ED25519), base, signature),
  // Two algorithms that the gateway does not take from anybody: the base is ours, the check is Node's.
  'rsa-pss-sha512': (base, signature) =>
    verify(
      'sha512',
      base,
      { key: createPublicKey(TEST_KEY_RSA_PSS), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
      signature,
    ),
  'hmac-sha256': (base, signature) =>
    createHmac('sha256', Buffer.from(TEST_SHARED_SECRET, 'base64')).update(base).digest().equals(signature),
}

describe('RFC 9421', () => {
  it.each(VECTORS.map(vector => [`${vector.section}, ${vector.key}`, vector] as const))(
    'appendix %s: the base, and the signature over it',
    (_title, { of, key, input, base, signature }) => {
      const made = signatureBase(inputOf(input), (name, parameters) => valueOf(of, name, parameters))
      expect(made).toBe(base)
      expect(VERIFY[key](Buffer.from(made ?? ''), bytesOf(signature))).toBe(true)
      expect(VERIFY[key](Buffer.from(`${made} `), bytesOf(signature))).toBe(false)
    },
  )

  it('section 2.4: a response bound to its request', () => {
    const { status, fields, input, signature } = BOUND_RESPONSE
    const base = signatureBase(inputOf(input), (name, parameters) => {
      if (parameters.has('req')) return requestValue(message, name)
      return name === '@status' ? String(status) : (fields.get(name) ?? null)
    })
    expect(VERIFY['ecdsa-p256-sha256'](Buffer.from(base ?? ''), bytesOf(signature))).toBe(true)
  })

  // Section 2.2: examples of derived components.
  it.each([
    ['@method', 'POST', '/path?param=value', 'www.example.com', 'POST'], // 2.2.1
    ['@target-uri', 'POST', '/path?param=value', 'www.example.com', 'https://www.example.com/path?param=value'], // 2.2.2
    ['@authority', 'POST', '/path?param=value', 'www.example.com', 'www.example.com'], // 2.2.3
    ['@authority', 'POST', '/path', 'WWW.Example.com:443', 'www.example.com'], // 2.2.3: lower case, no default port
    ['@authority', 'POST', '/path', 'www.example.com:8443', 'www.example.com:8443'], // 2.2.3: any other port stays
    ['@path', 'POST', '/path?param=value', 'www.example.com', '/path'], // 2.2.6
    ['@query', 'POST', '/path?param=value&foo=bar&baz=bat%2Dman', 'a', '?param=value&foo=bar&baz=bat%2Dman'], // 2.2.7
    ['@query', 'POST', '/path?queryString', 'a', '?queryString'], // 2.2.7
    ['@query', 'POST', '/path?', 'a', '?'], // 2.2.7
    ['@query', 'POST', '/path', 'a', '?'], // 2.2.7: absent reads like empty
  ])('section 2.2: %s of %s %s at %s is %s', (name, method, target, host, expected) => {
    expect(requestValue(requestMessage(method, target, ['Host', host]), name)).toBe(expected)
  })
})
