import { type KeyObject, verify } from 'node:crypto'

export interface SignedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What the answer's signature covers, by its identifiers; null: none, or it does not hold. Written from RFC 9421 alone. */
export function checkAnswer(
  answer: SignedAnswer,
  request: { readonly method: string; readonly uri: string; readonly headers: Readonly<Record<string, string>> },
  key: KeyObject,
): { readonly covered: readonly string[]; readonly parameters: string } | null {
  const [, list = '', parameters = ''] =
    /^gateway=\(([^)]*)\)(.*)$/.exec(String(answer.headers['signature-input'])) ?? []
  const [, signature = ''] = /^gateway=:([A-Za-z0-9+/=]+):$/.exec(String(answer.headers.signature)) ?? []
  const covered = list.split(' ')
  const lines = covered.map(identifier => `${identifier}: ${valueOf(identifier, answer, request)}`)
  const base = [...lines, `"@signature-params": (${list})${parameters}`].join('\n')
  const how = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const holds = verify(how, Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64'))
  return holds ? { covered, parameters } : null
}

function valueOf(
  identifier: string,
  answer: SignedAnswer,
  request: { readonly method: string; readonly uri: string; readonly headers: Readonly<Record<string, string>> },
): string {
  const [, name = '', flags = ''] = /^"([^"]+)"(.*)$/.exec(identifier) ?? []
  if (!flags.startsWith(';req')) return name === '@status' ? String(answer.status) : String(answer.headers[name])
  if (name === '@method') return request.method
  if (name === '@target-uri') return request.uri
  const [, member] = /;key="([^"]+)"/.exec(flags) ?? []
  const value = request.headers[name] ?? ''
  return member === undefined ? value : value.slice(member.length + 1)
}
