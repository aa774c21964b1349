import forge from 'node-forge'

const { asn1 } = forge
const { Class, Type } = asn1

/** One ASN.1 value; node-forge holds bytes as binary strings. */
export type Der = forge.asn1.Asn1

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

export const fromDer = (der: Uint8Array): Der => asn1.fromDer(binary(der))
export const toDer = (value: Der): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'latin1')

const primitive = (type: forge.asn1.Type, bytes: string): Der => asn1.create(Class.UNIVERSAL, type, false, bytes)

export const sequence = (...items: Der[]): Der => asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, items)
export const setOf = (...items: Der[]): Der => asn1.create(Class.UNIVERSAL, Type.SET, true, items)
/** `[number] EXPLICIT` of one item, `[number] IMPLICIT SET OF` of any number. */
export const tagged = (number: number, ...items: Der[]): Der => asn1.create(Class.CONTEXT_SPECIFIC, number, true, items)
export const oid = (dotted: string): Der => primitive(Type.OID, asn1.oidToDer(dotted).getBytes())
export const octets = (bytes: Uint8Array): Der => primitive(Type.OCTETSTRING, binary(bytes))
export const bits = (bytes: Uint8Array): Der => primitive(Type.BITSTRING, `\0${binary(bytes)}`)
export const enumerated = (value: number): Der => primitive(Type.ENUMERATED, String.fromCharCode(value))
export const nothing = (): Der => primitive(Type.NULL, '')

/** A non-negative INTEGER. */
export function integer(value: bigint): Der {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  // X.690 section 8.3: two's complement, so that a first bit of 1 would be a sign.
  return primitive(Type.INTEGER, binary((bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes))
}

export const utf8String = (text: string): Der => primitive(Type.UTF8, Buffer.from(text).toString('latin1'))

/** BMPString. node-forge holds this one type as text and writes it as UTF-16. */
export const bmpString = (text: string): Der => primitive(Type.BMPSTRING, text)

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050, whole seconds. */
export function time(date: Date): Der {
  const at = wholeSecond(date)
  return at.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, asn1.dateToUtcTime(at))
    : primitive(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(at))
}

/** The second a date lies in: X.509 knows no fractions. Throws RangeError for an invalid date. */
export function wholeSecond(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw new RangeError('not a date')
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
