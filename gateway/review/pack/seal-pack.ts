import { createHash } from 'node:crypto'
import { encodeBase64 } from '../../log/base64.ts'
import { signDetached } from '../../pki/cms-sign.ts'
import type { RawSigner } from '../../pki/cms-parts.ts'
import { type FileDigest, formatManifest } from './manifest.ts'
import { ASIC_E, MANIFEST, MIMETYPE, SIGNATURE } from './pack-names.ts'
import type { PackFile } from './ports.ts'

/** Who signs a pack. The key may live in a token. */
export interface PackSigner {
  /** DER. */
  readonly certificate: Uint8Array
  /** SHA-256 of the public key, hex. */
  readonly keyId: string
  readonly sign: RawSigner
}

/**
 * Wraps files into an ASiC-E container with CAdES (ETSI EN 319 162-1 section 4.4): `mimetype` first, then the files, behind them
 * the manifest of their digests and the signature over it. Nothing but digests is kept of a file that went out.
 */
export async function* sealPack(
  files: AsyncIterable<PackFile>,
  signedAt: Date,
  { certificate, sign }: PackSigner,
): AsyncGenerator<PackFile> {
  yield { name: MIMETYPE, bytes: Buffer.from(ASIC_E) }
  const digests: FileDigest[] = []
  for await (const file of files) {
    digests.push({ name: file.name, digest: digestOfFile(file.bytes) })
    yield file
  }
  const manifest = Buffer.from(formatManifest(digests))
  yield { name: MANIFEST, bytes: manifest }
  yield { name: SIGNATURE, bytes: await signDetached(manifest, certificate, signedAt, sign) }
}

export const digestOfFile = (bytes: Uint8Array): string => encodeBase64(createHash('sha256').update(bytes).digest())
