import { constants, createHash, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto'

/** A request as a system would sign it; written from RFC 9421 alone, without the gateway's own code. */
export interface ToSign {
  readonly method?: string
  readonly target: string
  /** `Host` as it is sent. */
  readonly authority: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HowToSign {
  readonly key: KeyObject
  /** Seconds since 1970; now unless told. */
  readonly created?: number
  readonly lifetime?: number
  readonly label?: string
  /** Names of components; what the gateway asks for, unless told. */
  readonly covered?: readonly string[]
  /** Parameters by name as they are written, `null` leaving one out; beside or instead of the usual ones. */
  readonly parameters?: Readonly<Record<string, string | null>>
}

export const keyIdOf = (key: KeyObject): string => {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex')
}

export function signBytes(key: KeyObject, bytes: Uint8Array): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, bytes, key)
  return key.asymmetricKeyType === 'ec'
    ? sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
    : sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
}

export const digestHeader = (body: string): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

/** All headers of the request, those of the signature among them, by lower-case name. */
export function signRequest(request: ToSign, how: HowToSign): Record<string, string> {
  const headers: Record<string, string> = { ...request.headers }
  if (request.body !== undefined) headers['content-digest'] ??= digestHeader(request.body)
  const covered = how.covered ?? ['@method', '@target-uri', ...Object.keys(headers)]
  const created = how.created ?? Math.floor(Date.now() / 1000)
  const parameters = {
    created: String(created),
    expires: String(created + (how.lifetime ?? 60)),
    nonce: `"${randomUUID()}"`,
    keyid: `"${keyIdOf(how.key)}"`,
    ...how.parameters,
  }
  const written = Object.entries(parameters).flatMap(([name, value]) => (value === null ? [] : [`;${name}=${value}`]))
  const input = `(${covered.map(name => `"${name}"`).join(' ')})${written.join('')}`
  const lines = covered.map(name => `"${name}": ${valueOf(name, request, headers)}`)
  const base = [...lines, `"@signature-params": ${input}`].join('\n')
  const label = how.label ?? 'sig1'
  return {
    ...headers,
    'signature-input': `${label}=${input}`,
    signature: `${label}=:${signBytes(how.key, Buffer.from(base)).toString('base64')}:`,
  }
}

function valueOf(name: string, { method = 'GET', target, authority }: ToSign, headers: Record<string, string>): string {
  const [path = '', query] = target.split('?')
  const derived: Readonly<Record<string, string>> = {
    '@method': method,
    '@target-uri': `https://${authority}${target}`,
    '@authority': authority,
    '@path': path,
    '@query': `?${query ?? ''}`,
  }
  return derived[name] ?? headers[name] ?? ''
}
