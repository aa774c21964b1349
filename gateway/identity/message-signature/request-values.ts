/** A request as its signature sees it. All of it is attacker-controlled. */
export interface RequestMessage {
  readonly method: string
  /** In origin form, as it came. */
  readonly target: string
  /** Normalised: lower case, without the default port (RFC 9421 section 2.2.3). */
  readonly authority: string
  /** By lower-case name; those that came more than once are missing: two readers could take different ones. */
  readonly fields: ReadonlyMap<string, string>
}

/** Reads name, value, name, value … as they came. */
export function requestMessage(method: string, target: string, rawHeaders: readonly string[]): RequestMessage {
  const fields = new Map<string, string>()
  const twice = new Set<string>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    if (fields.has(name)) twice.add(name)
    // RFC 9421 section 2.1: without white space at the ends.
    fields.set(name, (rawHeaders[i + 1] ?? '').trim())
  }
  for (const name of twice) fields.delete(name)
  const authority = (fields.get('host') ?? '').toLowerCase().replace(/:443$/, '')
  return { method, target, authority, fields }
}

/** `@target-uri` (RFC 9421 section 2.2.2). The exchange listener speaks nothing but TLS. */
export const targetUri = ({ authority, target }: RequestMessage): string => `https://${authority}${target}`

/** A derived component (RFC 9421 section 2.2) or a field of a request; null: there is none. */
export function requestValue(message: RequestMessage, name: string): string | null {
  const question = message.target.indexOf('?')
  switch (name) {
    case '@method':
      return message.method
    case '@target-uri':
      return targetUri(message)
    case '@authority':
      return message.authority
    case '@path':
      return question < 0 ? message.target : message.target.slice(0, question)
    case '@query':
      // Section 2.2.7: the leading question mark belongs to it, also where there is no query.
      return question < 0 ? '?' : message.target.slice(question)
    default:
      return message.fields.get(name) ?? null
  }
}
