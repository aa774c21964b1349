import { bytesOfBits, DerError, DerReader, type DerValue, dotted, millisOfTime, TAG } from '../der-reader.ts'
import { type Extension, taggedExtensions } from '../extensions.ts'
import { algorithmOf } from '../signature-algorithm.ts'
import { OID } from './make-request.ts'

/** What a response says of one certificate. */
export interface Single {
  readonly hash: string
  readonly nameHash: Uint8Array
  readonly keyHash: Uint8Array
  /** Big-endian. */
  readonly serial: Uint8Array
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdateMillis: number
  readonly nextUpdateMillis: number | null
  readonly extensions: readonly Extension[]
}

/** An OCSP response as its bytes say it. Nothing about it has been believed yet. */
export interface ParsedResponse {
  readonly signed: Uint8Array
  readonly algorithm: string
  readonly signature: Uint8Array
  /** Who says to have signed: a DER Name, or SHA-1 of a key's bits. */
  readonly responder: { readonly name: Uint8Array } | { readonly keyHash: Uint8Array }
  readonly producedAtMillis: number
  readonly singles: readonly Single[]
  readonly extensions: readonly Extension[]
  /** DER certificates that came along. */
  readonly certificates: readonly Uint8Array[]
}

/** RFC 6960 section 4.2.1: what a responder says instead of a response. 4 is not used. */
const FAILURES: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
}
/** One was asked about; nobody needs more. */
const MAX_SINGLES = 16
const MAX_CERTIFICATES = 8

/** Reads one DER OCSPResponse (RFC 6960 section 4.2.1). Attacker-controlled. Throws DerError, also where it is no basic response. */
export function parseResponse(der: Uint8Array): ParsedResponse {
  const outer = new DerReader(der)
  const response = outer.inside(outer.next(TAG.sequence))
  outer.finish()
  const [status = -1] = response.content(response.next(0x0a))
  if (status !== 0) throw new DerError(`the responder says ${FAILURES[status] ?? `status ${status}`}`)
  const tagged = response.inside(response.next(0xa0))
  const typed = tagged.inside(tagged.next(TAG.sequence))
  if (dotted(typed.content(typed.next(TAG.oid))) !== OID.basic) throw new DerError('no basic response')
  return parseBasic(typed.content(typed.next(TAG.octets)))
}

function parseBasic(der: Uint8Array): ParsedResponse {
  const outer = new DerReader(der)
  const basic = outer.inside(outer.next(TAG.sequence))
  outer.finish()
  const signed = basic.next(TAG.sequence)
  const algorithm = algorithmOf(basic, basic.next(TAG.sequence))
  const signature = bytesOfBits(basic.content(basic.next(TAG.bits)))
  const certificates = basic.more ? valuesIn(basic, basic.next(0xa0), MAX_CERTIFICATES) : []
  basic.finish()

  const data = basic.inside(signed)
  if (data.peek === 0xa0) data.next()
  const responder = responderIn(data, data.next())
  const producedAtMillis = millisOfTime(data, data.next(TAG.generalizedTime))
  const list = data.inside(data.next(TAG.sequence))
  const singles: Single[] = []
  while (list.more) {
    if (singles.length === MAX_SINGLES) throw new DerError('too many responses')
    singles.push(singleIn(list.inside(list.next(TAG.sequence))))
  }
  const extensions = taggedExtensions(data, 0xa1)
  return {
    signed: basic.whole(signed),
    algorithm,
    signature,
    responder,
    producedAtMillis,
    singles,
    extensions,
    certificates,
  }
}

function responderIn(reader: DerReader, value: DerValue): ParsedResponse['responder'] {
  const inside = reader.inside(value)
  if (value.tag === 0xa1) return { name: inside.whole(inside.next(TAG.sequence)) }
  if (value.tag === 0xa2) return { keyHash: inside.content(inside.next(TAG.octets)) }
  throw new DerError('no responder')
}

const STATUS: Readonly<Record<number, Single['status']>> = { 0x80: 'good', 0xa1: 'revoked', 0x82: 'unknown' }

function singleIn(reader: DerReader): Single {
  const id = reader.inside(reader.next(TAG.sequence))
  const hash = algorithmOf(id, id.next(TAG.sequence))
  const nameHash = id.content(id.next(TAG.octets))
  const keyHash = id.content(id.next(TAG.octets))
  const serial = id.content(id.next(TAG.integer))
  id.finish()
  const status = STATUS[reader.next().tag]
  if (status === undefined) throw new DerError('no status')
  const thisUpdateMillis = millisOfTime(reader, reader.next(TAG.generalizedTime))
  const next = reader.peek === 0xa0 ? reader.inside(reader.next()) : null
  const nextUpdateMillis = next === null ? null : millisOfTime(next, next.next(TAG.generalizedTime))
  const extensions = taggedExtensions(reader, 0xa1)
  return { hash, nameHash, keyHash, serial, status, thisUpdateMillis, nextUpdateMillis, extensions }
}

/** The values of a tagged SEQUENCE OF. */
function valuesIn(reader: DerReader, value: DerValue, most: number): readonly Uint8Array[] {
  const outer = reader.inside(value)
  const list = outer.inside(outer.next(TAG.sequence))
  const values: Uint8Array[] = []
  while (list.more) {
    if (values.length === most) throw new DerError('too many certificates')
    values.push(list.whole(list.next(TAG.sequence)))
  }
  return values
}
