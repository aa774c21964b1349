import { describe, it } from '@jest/globals'
import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { bindingOf } from '../../gateway/domain/binding.ts'
import { instantOfMillis } from '../../gateway/domain/instant.ts'
import { must } from '../../gateway/domain/result.ts'
import { parseSystemId } from '../../gateway/domain/system-id.ts'
import { checkMessageSignature } from '../../gateway/identity/message-signature/check-message-signature.ts'
import { readSignature } from '../../gateway/identity/message-signature/read-signature.ts'
import { requestMessage } from '../../gateway/identity/message-signature/request-values.ts'
import { openSignature, sealSignature } from '../../gateway/record/seal-signature.ts'
import { signRequest } from '../support/signatures/sign-request.ts'

const SECOND = 1_764_000_000
const consumer = must(parseSystemId('G99.21/records'))
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const id = bindingOf(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
const key = { id, pem: '', algorithm: 'Ed25519', from: null, until: null, system: consumer, publicKey } as const

const REQUEST = {
  method: 'POST',
  target: '/exchange/G99.10/categories/v1/provinces/search?page=2',
  authority: 'localhost:8443',
  headers: { 'exchange-purpose': 'reference-data', 'content-type': 'application/json', 'idempotency-key': 'key-1' },
  body: '{"codes":["01"]}',
} as const
/** All of it in one list: method, target, host, then headers by name and value. */
const WHOLE: readonly string[] = [
  REQUEST.method,
  REQUEST.target,
  REQUEST.authority,
  ...Object.entries(signRequest(REQUEST, { key: privateKey, created: SECOND })).flat(),
]

const holds = ([method = '', target = '', host = '', ...headers]: readonly string[]): boolean =>
  checkMessageSignature(
    { message: requestMessage(method, target, ['Host', host, ...headers]), hasBody: true, consumer },
    { signingKey: named => (named === id ? key : null) },
    instantOfMillis(SECOND * 1000),
  ).ok

const character = fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code))

describe('a message signature', () => {
  it('holds over what was signed', () => {
    if (!holds(WHOLE)) throw new Error('it does not hold')
  })

  it('does not hold where one character anywhere in the request or its signature is another, more, or missing', () => {
    const place = fc.nat({ max: WHOLE.length - 1 })
    fc.assert(
      fc.property(place, fc.nat(), character, fc.constantFrom(0, 1), (part, offset, other, taken) => {
        const text = WHOLE[part] ?? ''
        const at = offset % (text.length + 1 - taken)
        const changed = text.slice(0, at) + other + text.slice(at + taken)
        // Header names count without case, values without white space at their ends, hosts without case.
        const same = part > 2 && part % 2 === 1 ? changed.toLowerCase() === text : changed.trim() === text
        fc.pre(changed !== text && !same && !(part === 2 && changed.toLowerCase() === text))
        return !holds(WHOLE.with(part, changed))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is read without an exception, whatever comes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            'sig1',
            '=',
            '(',
            ')',
            '"@method"',
            ';',
            'created',
            '1',
            ',',
            ' ',
            ':',
            'AAAA',
            '?1',
            '@',
            '%"',
          ),
        )
        .map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(text, text, (input, signature) => typeof readSignature(input, signature).ok === 'boolean'),
      {
        numRuns: 2_000,
      },
    )
  })
})

describe('a sealed signature', () => {
  const k = createSecretKey(Buffer.alloc(32, 1)).export()

  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.base64String(), (base, signature) => {
        const opened = openSignature(k, sealSignature(k, { base, signature }))
        return opened?.base === base && opened.signature === signature
      }),
    )
  })

  it('does not open where a bit is another, or with another k', () => {
    const sealed = Buffer.from(sealSignature(k, { base: 'base', signature: 'AAAA' }), 'base64')
    fc.assert(
      fc.property(fc.nat({ max: sealed.length * 8 - 1 }), bit => {
        const changed = Uint8Array.from(sealed)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        return openSignature(k, Buffer.from(changed).toString('base64')) === null
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), other => {
        fc.pre(!k.equals(other))
        return openSignature(other, sealed.toString('base64')) === null
      }),
    )
  })
})
