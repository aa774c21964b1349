import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { bindingOf, type Binding } from '../../domain/binding.ts'
import { type Instant, instantOfMillis } from '../../domain/instant.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { DerError } from './der-reader.ts'
import { parseCrl } from './parse-crl.ts'
import { makeSerialTable, type SerialTable } from './serial-table.ts'
import { isAccepted, verifies } from './signature-algorithm.ts'

/** A revocation list that a registered authority's key signed. Plain values: it crosses from a worker. */
export interface SignedCrl {
  readonly signer: Binding
  /** For people. */
  readonly issuer: string
  readonly number: bigint | null
  readonly thisUpdate: Instant
  readonly nextUpdate: Instant
  readonly serials: SerialTable
  /** SHA-256 of the list. */
  readonly digest: string
  readonly der: Uint8Array
}

/** What one file or download held: each list, or in words why it is of no use. */
export type CrlReading = Result<SignedCrl>

/** 32 MiB: about 900,000 entries. */
export const MAX_CRL_BYTES = 32 * 1024 * 1024
/** Lists in one PEM file. */
const MAX_LISTS = 1_000

/**
 * Reads revocation lists, one in DER or any number in PEM, and checks who signed them. `authorities` are DER public keys.
 * Attacker-controlled: whoever can write the file or sits between us and a distribution point chooses these bytes.
 */
export function readCrls(bytes: Uint8Array, authorities: readonly Uint8Array[]): readonly CrlReading[] {
  if (bytes.length > MAX_CRL_BYTES) return [err('more than 32 MiB')]
  const keys = authorities.map(spki => ({
    binding: bindingOf(spki),
    key: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
  }))
  const lists = listsIn(bytes)
  if (lists.length > MAX_LISTS) return [err(`more than ${MAX_LISTS} lists in one file`)]
  return lists.map(der => readOne(der, keys))
}

/** DER of the lists in a file: one as it is, or any number in PEM. */
export function listsIn(bytes: Uint8Array): readonly Uint8Array[] {
  // A DER SEQUENCE.
  if (bytes[0] === 0x30) return [bytes]
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const blocks = text.matchAll(/-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g)
  return [...blocks].map(([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')))
}

function readOne(der: Uint8Array, keys: readonly { binding: Binding; key: KeyObject }[]): CrlReading {
  try {
    const crl = parseCrl(der)
    const refuse = (why: string): CrlReading => err(`a list of ${crl.issuer} ${why}`)
    if (!isAccepted(crl.algorithm)) return refuse(`with a signature that is too weak or not known: ${crl.algorithm}`)
    const signer = keys.find(({ key }) => verifies(crl.algorithm, crl.signed, crl.signature, key))
    if (signer === undefined) return refuse('that no registered authority signed')
    if (crl.notWhole !== null) return refuse(crl.notWhole)
    if (crl.nextUpdateMillis === null) return refuse('without nextUpdate')
    const serials = makeSerialTable(crl.serials)
    if (serials === null) return refuse('with a serial number of more than 20 octets')
    return ok({
      signer: signer.binding,
      issuer: crl.issuer,
      number: crl.number,
      thisUpdate: instantOfMillis(crl.thisUpdateMillis),
      nextUpdate: instantOfMillis(crl.nextUpdateMillis),
      serials,
      digest: createHash('sha256').update(der).digest('hex'),
      der,
    })
  } catch (thrown) {
    // Whatever these bytes do to a parser, they are no list.
    return err(`bytes that are no revocation list${thrown instanceof DerError ? `: ${thrown.message}` : ''}`)
  }
}
