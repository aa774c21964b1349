import { type BaseBlock, Constructed, fromBER, ObjectIdentifier } from 'asn1js'

/** One value of ASN.1, its own bytes at hand. */
export type Node = BaseBlock

/** A token with a chain of certificates has a few hundred values. */
const MOST_NODES = 5_000
const MOST_LEVELS = 32

/** What is wrong with bytes that should be a time stamp. Thrown inside the reader and caught where it began. */
export class Unreadable extends Error {}

/** Reads one value that fills all the bytes. Attacker-controlled: values and levels are bounded. Throws Unreadable. */
export function readDer(bytes: Uint8Array): Node {
  const limits = { maxNodes: MOST_NODES, maxDepth: MOST_LEVELS, maxContentLength: bytes.length, parseEmbedded: false }
  // A copy with a buffer of its own: the views of its values point into it.
  const read = fromBER(Uint8Array.from(bytes), limits)
  if (read.offset !== bytes.length) throw new Unreadable('it is no ASN.1, or bytes stand behind it')
  return read.result
}

/** The values inside a SEQUENCE, SET or explicit tag. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  if (!(node instanceof Constructed)) throw new Unreadable('a list of values is missing')
  return node.valueBlock.value
}

/** The value with its tag and length, as it came. */
export const wholeOf = (node: Node): Buffer => Buffer.from(node.valueBeforeDecodeView)

/** What stands behind tag and length. Of a value that is cut into pieces (BER): none. */
export function contentOf(node: Node | undefined): Buffer {
  if (node === undefined || node instanceof Constructed || node.idBlock.isConstructed)
    throw new Unreadable('a plain value is missing')
  return wholeOf(node).subarray(node.idBlock.blockLength + node.lenBlock.blockLength)
}

export function oidOf(node: Node | undefined): string {
  if (!(node instanceof ObjectIdentifier)) throw new Unreadable('an object identifier is missing')
  return node.getValue()
}

/** A non-negative INTEGER in lower-case hex without leading zeros. */
export function integerOf(node: Node | undefined): string {
  const bytes = isUniversal(node, INTEGER) ? contentOf(node) : Buffer.alloc(0)
  if (bytes.length === 0 || (bytes[0] ?? 0) > 0x7f) throw new Unreadable('a whole number is missing')
  return bytes.toString('hex').replace(/^0+(?=.)/, '')
}

export const INTEGER = 2
export const OCTETS = 4
export const GENERALIZED_TIME = 24

export const isUniversal = (node: Node | undefined, tag: number): boolean =>
  node?.idBlock.tagClass === 1 && node.idBlock.tagNumber === tag

/** `[number]`. */
export const isTagged = (node: Node | undefined, number: number): boolean =>
  node?.idBlock.tagClass === 3 && node.idBlock.tagNumber === number

export function octetsOf(node: Node | undefined): Buffer {
  if (!isUniversal(node, OCTETS)) throw new Unreadable('an octet string is missing')
  return contentOf(node)
}
