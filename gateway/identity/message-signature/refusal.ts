/** Every way in which a message signature is none. The text is for the caller: words of ours and names of our headers only. */
export const refusals = {
  incomplete: 'Signature and Signature-Input have to come together.',
  unreadable:
    'Signature-Input and Signature are dictionaries of RFC 8941 in their one canonical spelling, at most 8,192 characters each.',
  'not-one': 'Exactly one signature, under the same label in both headers.',
  'parameters-not-as-agreed':
    'The parameters are created, expires, nonce (16 to 128 characters), keyid, and if need be alg and tag="lienthong-request".',
  'component-not-taken':
    'Only components of the documented list can be covered, without parameters, each once, and each has to be in the request.',
  'base-too-long': 'The signature base is longer than 8,192 bytes.',
  'not-covered':
    'The signature has to cover @method, the target, exchange-purpose, content-digest and content-type of a body, and each of data-classification, exchange-mode, idempotency-key, authorization and if-match that the request has.',
  'not-yet-valid': 'created lies in the future.',
  expired: 'The signature has expired.',
  'valid-too-long': 'expires lies after created, by at most 300 seconds.',
  'unknown-key': 'keyid names no signing key of this system that is in force.',
  'algorithm-mismatch': 'alg is not the algorithm of the key; with an RSA key (PS256) it is left out.',
  'does-not-hold': 'The signature does not hold over this request.',
} as const satisfies Record<string, string>

export type SignatureRefusal = keyof typeof refusals
