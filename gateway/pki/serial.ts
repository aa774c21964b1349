import { randomBytes } from 'node:crypto'

/**
 * A random serial number, 32 lower-case hex digits. RFC 5280 section 4.1.2.2: positive, at most 20 octets. The second bit is
 * set and the first clear, so that DER needs exactly 16 octets: 126 random bits.
 */
export function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
