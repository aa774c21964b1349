import { digestOf } from '../../../../gateway/domain/digest.ts'
import { parseAgreementId } from '../../../../gateway/domain/purpose.ts'
import { must } from '../../../../gateway/domain/result.ts'
import { revisionNumber } from '../../../../gateway/domain/revision-number.ts'
import { parseSystemId } from '../../../../gateway/domain/system-id.ts'
import type { GatewayKey } from '../../../../gateway/identity/signing-keys.ts'
import type { Bearer } from '../../../../gateway/identity/tokens/check-token.ts'
import { issueToken, type TokenGrant } from '../../../../gateway/identity/tokens/issue-token.ts'
import { instantOfMillis } from '../../../../gateway/domain/instant.ts'

export const ISSUER = 'https://gateway.example:8443'
export const NOW = instantOfMillis(Date.parse('2026-11-22T01:02:03Z'))
export const SECONDS = 1_000_000

export const agreement = (id: string) => must(parseAgreementId(id))
export const system = (id: string) => must(parseSystemId(id))

/** Who shows the token of `grant` as it is meant to be shown. */
export const bearer = (changes: Partial<Bearer> = {}): Bearer => ({
  system: system('G99.21/records'),
  certificate: digestOf('certificate'),
  agreement: agreement('records-categories'),
  ...changes,
})

export const grant = (changes: Partial<TokenGrant> = {}): TokenGrant => ({
  issuer: ISSUER,
  client: system('G99.21/records'),
  certificate: digestOf('certificate'),
  agreements: [agreement('records-categories'), agreement('records-identity')],
  revision: must(revisionNumber(3)),
  id: '2b0c6f6e-8c1e-4a37-9d3e-5f6a7b8c9d0e',
  at: NOW,
  ...changes,
})

export const token = (key: GatewayKey, changes: Partial<TokenGrant> = {}): Promise<string> =>
  issueToken(grant(changes), key)

type Part = Readonly<Record<string, unknown>>

export const partsOf = (text: string): { readonly header: Part; readonly claims: Part } => {
  const [header = '', claims = ''] = text.split('.')
  const read = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part
  return { header: read(header), claims: read(claims) }
}

/** Signs any two texts, as our own key would if it could be brought to. */
export async function signTexts(header: string, claims: string, key: GatewayKey): Promise<string> {
  const input = [header, claims].map(part => Buffer.from(part).toString('base64url')).join('.')
  return `${input}.${Buffer.from(await key.sign(Buffer.from(input))).toString('base64url')}`
}

/** The token again with some members of header and claims replaced; `undefined` takes one out. Signed by `key`. */
export function resigned(text: string, header: Part, claims: Part, key: GatewayKey): Promise<string> {
  const parts = partsOf(text)
  return signTexts(JSON.stringify({ ...parts.header, ...header }), JSON.stringify({ ...parts.claims, ...claims }), key)
}
