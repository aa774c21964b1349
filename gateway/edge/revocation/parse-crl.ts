import { bytesOfBits, DerError, DerReader, type DerValue, millisOfTime, TAG } from './der-reader.ts'
import { type Extension, readExtensions, taggedExtensions } from './extensions.ts'
import { algorithmOf } from './signature-algorithm.ts'

/** A revocation list as its bytes say it. Nothing about it has been believed yet. */
export interface ParsedCrl {
  /** What is signed, byte for byte. */
  readonly signed: Uint8Array
  readonly algorithm: string
  readonly signature: Uint8Array
  /** For people. */
  readonly issuer: string
  readonly thisUpdateMillis: number
  readonly nextUpdateMillis: number | null
  readonly number: bigint | null
  /** Big-endian, as they stand there. */
  readonly serials: readonly Uint8Array[]
  /** Why it does not say of every certificate of its issuer whether it is revoked; null: it does. */
  readonly notWhole: string | null
}

/** RFC 5280 sections 5.2.1, 5.2.3, 5.2.4, 5.2.5. */
const OID = { authorityKey: '2.5.29.35', number: '2.5.29.20', delta: '2.5.29.27', part: '2.5.29.28' } as const
/** Understood whether critical or not. */
const KNOWN: readonly string[] = [OID.authorityKey, OID.number]
/** RFC 5280 section 5.2.3: up to 20 octets. */
const MAX_NUMBER_OCTETS = 20
const MAX_NAME_LENGTH = 120

/** Reads one DER CertificateList (RFC 5280 section 5.1) in one pass. Attacker-controlled. Throws DerError. */
export function parseCrl(der: Uint8Array): ParsedCrl {
  const outer = new DerReader(der)
  const list = outer.inside(outer.next(TAG.sequence))
  outer.finish()
  const signed = list.next(TAG.sequence)
  const algorithm = list.next(TAG.sequence)
  const signature = list.next(TAG.bits)
  list.finish()

  const body = list.inside(signed)
  if (body.peek === TAG.integer) body.next()
  // RFC 5280 section 5.1.1.2: this field MUST contain the same algorithm identifier.
  if (!Buffer.from(body.whole(body.next(TAG.sequence))).equals(list.whole(algorithm)))
    throw new DerError('two algorithms')
  const issuer = nameText(body, body.next(TAG.sequence))
  const thisUpdateMillis = millisOfTime(body, body.next())
  const nextUpdateMillis = isTime(body.peek) ? millisOfTime(body, body.next()) : null
  const entries = body.peek === TAG.sequence ? readEntries(body.inside(body.next())) : { serials: [], critical: null }
  const extensions = taggedExtensions(body, 0xa0)
  const number = extensions.find(({ id }) => id === OID.number)
  return {
    signed: list.whole(signed),
    algorithm: algorithmOf(list, algorithm),
    signature: bytesOfBits(list.content(signature)),
    issuer,
    thisUpdateMillis,
    nextUpdateMillis,
    number: number === undefined ? null : readNumber(number.value),
    serials: entries.serials,
    notWhole: entries.critical ?? whyNotWhole(extensions),
  }
}

const isTime = (tag: number): boolean => tag === TAG.utcTime || tag === TAG.generalizedTime

/**
 * RFC 5280 section 5.2: with a critical extension that is not understood, the list MUST NOT be used to determine the status of
 * certificates; deltas and parts say nothing about the certificates that they leave out.
 */
function whyNotWhole(extensions: readonly Extension[]): string | null {
  if (extensions.some(({ id }) => id === OID.delta)) return 'that is not whole: it is a delta'
  if (extensions.some(({ id }) => id === OID.part)) return 'that is not whole: it is for some certificates only'
  const strange = extensions.find(({ id, critical }) => critical && !KNOWN.includes(id))
  return strange === undefined ? null : `that is not whole: critical extension ${strange.id} is not known`
}

/** RFC 5280 section 5.1.2.6. A critical extension of an entry (an indirect list's issuer) makes the list unusable. */
function readEntries(reader: DerReader): { serials: readonly Uint8Array[]; critical: string | null } {
  const serials: Uint8Array[] = []
  let critical: string | null = null
  while (reader.more) {
    const entry = reader.inside(reader.next(TAG.sequence))
    serials.push(entry.content(entry.next(TAG.integer)))
    entry.next()
    if (!entry.more) continue
    const strange = readExtensions(entry.inside(entry.next(TAG.sequence))).find(extension => extension.critical)
    if (strange) critical ??= `that is not whole: critical extension ${strange.id} of an entry is not known`
    entry.finish()
  }
  return { serials, critical }
}

function readNumber(value: Uint8Array): bigint {
  const reader = new DerReader(value)
  const content = reader.content(reader.next(TAG.integer))
  reader.finish()
  if (content.length === 0 || content.length > MAX_NUMBER_OCTETS || (content[0] ?? 0) > 0x7f)
    throw new DerError('a list number that is none')
  return BigInt(`0x${Buffer.from(content).toString('hex')}`)
}

/** The values of a Name one after the other. Attacker-controlled: bounded, and without control characters. */
function nameText(reader: DerReader, name: DerValue): string {
  const values: string[] = []
  const sets = reader.inside(name)
  while (sets.more) {
    const attributes = sets.inside(sets.next(TAG.set))
    while (attributes.more) {
      const attribute = attributes.inside(attributes.next(TAG.sequence))
      attribute.next(TAG.oid)
      values.push(Buffer.from(attribute.content(attribute.next())).toString('utf8'))
    }
  }
  return values.join(', ').replaceAll(/\p{C}/gu, '').slice(0, MAX_NAME_LENGTH)
}
