import { type Binding, parseBinding } from '../domain/binding.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { KeyType } from './keys.ts'
import { REVOCATION_REASONS, type RevocationReason, type Revoked } from './make-crl.ts'

/** The two authorities of one folder. */
export const AUTHORITIES = ['root', 'issuing'] as const
export type AuthorityName = (typeof AUTHORITIES)[number]

/** A certificate as an authority remembers it: enough to renew it. Times are RFC 3339. */
export interface Issued {
  /** Lower-case hex. */
  readonly serial: string
  readonly by: AuthorityName
  readonly kind: 'authority' | 'system' | 'officer' | 'gateway'
  /** `G99.21/records`, `security-1`, `gateway-1`; an authority's own name. */
  readonly id: string
  readonly key: Binding
  readonly keyType: KeyType
  readonly from: string
  readonly until: string
  /** DNS names and IP addresses. */
  readonly hosts: readonly string[]
  readonly crlUrl: string | null
  readonly ocspUrl: string | null
}

/** One line of an authority's index: what was about to happen when it was written. Never changed, never removed. */
export type IndexLine =
  | ({ readonly v: 1; readonly event: 'issue'; readonly at: string } & Issued)
  | {
      readonly v: 1
      readonly event: 'revoke'
      readonly at: string
      readonly serial: string
      readonly reason: RevocationReason
    }
  | { readonly v: 1; readonly event: 'crl'; readonly at: string; readonly by: AuthorityName; readonly number: number }

/** What an index adds up to. */
export interface IssuedRegister {
  /** By serial, in the order in which they were issued. */
  readonly issued: ReadonlyMap<string, Issued>
  readonly revoked: ReadonlyMap<string, Revoked>
  /** The highest number that a list of each authority was given; 0 where there was none. */
  readonly crlNumber: Readonly<Record<AuthorityName, number>>
}

export const lineText = (line: IndexLine): string => `${JSON.stringify(line)}\n`

/**
 * Reads an index. What follows the last newline is a line that a crash cut off: nothing was signed for it, and it does not count.
 * An error names a damaged line; nothing may be signed on such an index, since a list made from it could leave a revocation out.
 */
export function readIndex(text: string): Result<IssuedRegister> {
  const issued = new Map<string, Issued>()
  const revoked = new Map<string, Revoked>()
  const crlNumber = { root: 0, issuing: 0 }
  for (const [n, line] of text.split('\n').slice(0, -1).entries()) {
    const read = readLine(line)
    if (read === null) return err(`line ${n + 1} is damaged: restore the file from its backup`)
    if (read.event === 'issue') issued.set(read.serial, read)
    else if (read.event === 'crl') crlNumber[read.by] = Math.max(crlNumber[read.by], read.number)
    else if (!issued.has(read.serial)) return err(`line ${n + 1} revokes what was never issued`)
    else if (!revoked.has(read.serial))
      revoked.set(read.serial, { serial: read.serial, at: new Date(read.at), reason: read.reason })
  }
  return ok({ issued, revoked, crlNumber })
}

/** Where the whole lines of an index end. */
export const wholeLength = (text: string): number => text.lastIndexOf('\n') + 1

function readLine(text: string): IndexLine | null {
  try {
    const line = JSON.parse(text) as Readonly<Record<string, unknown>>
    return isLine(line) ? (line as unknown as IndexLine) : null
  } catch {
    return null
  }
}

function isLine(line: Readonly<Record<string, unknown>>): boolean {
  if (line['v'] !== 1 || !isTime(line['at'])) return false
  switch (line['event']) {
    case 'issue':
      return isSerial(line['serial']) && isAuthority(line['by']) && isIssue(line)
    case 'revoke':
      return isSerial(line['serial']) && Object.hasOwn(REVOCATION_REASONS, String(line['reason']))
    case 'crl':
      return isAuthority(line['by']) && Number.isSafeInteger(line['number'])
    default:
      return false
  }
}

const isIssue = (line: Readonly<Record<string, unknown>>): boolean =>
  ['authority', 'system', 'officer', 'gateway'].includes(String(line['kind'])) &&
  typeof line['id'] === 'string' &&
  parseBinding(String(line['key'])).ok &&
  isTime(line['from']) &&
  isTime(line['until']) &&
  Array.isArray(line['hosts'])

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const isSerial = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{1,40}$/.test(value)
const isAuthority = (value: unknown): boolean => AUTHORITIES.some(name => name === value)
