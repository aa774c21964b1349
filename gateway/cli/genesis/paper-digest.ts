import { InvalidArgumentError } from 'commander'
import { type Digest, parseDigest } from '../../domain/digest.ts'

/** Four lines of four groups of four digits: what one person reads aloud and others follow on paper. */
export const paperLines = (digest: Digest): readonly string[] =>
  (digest.match(/.{16}/g) ?? []).map(line => (line.match(/.{4}/g) ?? []).join(' '))

/** A digest as people type it from paper, in groups or not, in either case. For commander: throws InvalidArgumentError. */
export function readPaperDigest(text: string): Digest {
  const digest = parseDigest(text.replaceAll(/[\s-]/g, '').toLowerCase())
  if (digest.ok) return digest.value
  throw new InvalidArgumentError('the digest on paper: 64 digits 0 to 9 and a to f, in quotes where there are spaces.')
}
