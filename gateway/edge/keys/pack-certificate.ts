import { X509Certificate } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayId } from '../../domain/gateway-id.ts'
import { millisOf } from '../../domain/instant.ts'
import type { GatewayKey } from '../../identity/signing-keys.ts'
import { makePackCertificate } from '../../pki/cms-certificate.ts'
import { pemOf } from '../../pki/pem.ts'
import type { PackSigner } from '../../review/pack/seal-pack.ts'
import { KeysUnusable } from './keys-unusable.ts'

/** Certificates of this process's life, by key: there are few keys. */
const known = new Map<string, Buffer>()

/**
 * A key for packs with its self-signed certificate, which lies beside the keys as `packs-….crt` and is made when it is first needed.
 * One key has one certificate for ever: auditors have a copy of it, and OpenSSL takes no other for it. Throws KeysUnusable where the
 * file is of another key.
 */
export async function packSigner(key: GatewayKey, directory: string, gateway: GatewayId): Promise<PackSigner> {
  const path = join(directory, certificateName(key.id))
  const certificate = known.get(path) ?? read(path) ?? (await make(path, key, gateway))
  const parsed = new X509Certificate(certificate)
  if (!parsed.publicKey.equals(key.publicKey))
    throw new KeysUnusable(`KEYS_DIR: ${path} is not the certificate of the key for packs`)
  known.set(path, certificate)
  return { certificate, keyId: key.id, sign: data => key.sign(data) }
}

/** File below KEYS_DIR. */
export const certificateName = (keyId: string): string => `packs-${keyId.slice(0, 16)}.crt`

function read(path: string): Buffer | null {
  let text: Buffer
  try {
    text = readFileSync(path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new KeysUnusable(`KEYS_DIR: ${path} cannot be read`)
  }
  try {
    return new X509Certificate(text).raw
  } catch {
    throw new KeysUnusable(`KEYS_DIR: ${path} is no certificate: remove it, and the next pack makes it anew`)
  }
}

/** Of several processes that make it together the first wins. A crash leaves a `.new` file that nobody reads. */
async function make(path: string, key: GatewayKey, gateway: GatewayId): Promise<Buffer> {
  const made = await makePackCertificate({
    publicKey: key.publicKey,
    commonName: `Lienthong evidence packs, ${gateway}`,
    notBefore: new Date(millisOf(key.since)),
    sign: data => key.sign(data),
  })
  const draft = `${path}.${process.pid}.new`
  writeFileSync(draft, pemOf('CERTIFICATE', made), { mode: 0o600, flush: true })
  try {
    linkSync(draft, path)
    return made
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    return read(path) ?? made
  } finally {
    rmSync(draft, { force: true })
  }
}
