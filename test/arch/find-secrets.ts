/** What a secret looks like in a text. Each needs the secret itself, so that code may speak of its form. */
const SECRETS: readonly (readonly [what: string, pattern: RegExp])[] = [
  // PKCS#8, PKCS#1, SEC 1, OpenSSH and PGP; also inside a string with \n written out. RFC 1421 headers may precede the body.
  [
    'private key (PEM)',
    /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[rn]|["'+])+(?:[\w-]+: [^\n]*\s+)*[A-Za-z0-9+/=\s\\]{40}/,
  ],
  ['private key (JWK)', /"kty"\s*:\s*"(?:EC|RSA|OKP)"[^{}]*"d"\s*:\s*"[\w-]{20,}"|"d"\s*:\s*"[\w-]{20,}"[^{}]*"kty"/],
  ['private key (signed note)', /PRIVATE\+KEY\+[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}/],
  ['npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,})\b/],
  ['cloud access key', /\bAKIA[0-9A-Z]{16}\b/],
  ['password in a URL', /\b(?:postgres(?:ql)?|rediss?|https?):\/\/[^\s:/@'"`$<>{}]+:[^\s/@'"`$<>{}]{6,}@/],
]

/** The kinds of secrets in a text; empty where there are none. */
export const findSecrets = (text: string): readonly string[] =>
  SECRETS.filter(([, pattern]) => pattern.test(text)).map(([what]) => what)
