import { fromDer, integer, nothing, octets, oid, sequence, toDer } from './der.ts'

export const SHA256 = '2.16.840.1.101.3.4.2.1'
/** DER of BOOLEAN TRUE. */
const TRUE = Buffer.from('0101ff', 'hex')

/** What a time stamp is asked for. */
export interface StampRequest {
  /** SHA-256 of what is stamped: 32 bytes. */
  readonly digest: Uint8Array
  /** Random, hex: no answer to another question fits. */
  readonly nonce: string
}

/** TimeStampReq (RFC 3161 section 2.4.1) that asks for the signing certificate too. DER. */
export const makeStampRequest = ({ digest, nonce }: StampRequest): Buffer =>
  toDer(
    sequence(
      integer(1n),
      sequence(sequence(oid(SHA256), nothing()), octets(digest)),
      integer(BigInt(`0x${nonce}`)),
      fromDer(TRUE),
    ),
  )
