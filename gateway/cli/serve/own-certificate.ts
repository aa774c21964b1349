import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsMaterial } from '../../edge/listener/tls-policy.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { Misuse } from '../misuse.ts'

/** Key and certificate chain that belong together. PEM. */
export type OwnCertificate = Pick<TlsMaterial, 'key' | 'certificate'>

const LOOK_MILLIS = 1_000
/** Looks until files that do not fit are reported: whoever renews them writes one after the other. */
const PATIENCE = 3

/** CERTS_DIR/gateway.key and gateway.crt. Throws Misuse where one is missing or they do not belong together. */
export function readOwnCertificate(certsDir: string): OwnCertificate {
  const own = {
    key: mustReadFile(join(certsDir, 'gateway.key'), 'the key of the gateway'),
    certificate: mustReadFile(join(certsDir, 'gateway.crt'), 'the certificate of the gateway'),
  }
  try {
    checkPair(own)
  } catch (thrown) {
    throw new Misuse(`gateway.crt and gateway.key in ${certsDir} cannot be used: ${(thrown as Error).message}`)
  }
  return own
}

/**
 * Calls `onRenewed` with the new pair whenever one of the two files has changed and they belong together, in whatever order they
 * are written. Until then, where the new certificate has expired already, and where `onRenewed` throws, the present pair stays in
 * use; that is logged once and tried again.
 */
export function watchOwnCertificate(
  certsDir: string,
  present: OwnCertificate,
  onRenewed: (own: OwnCertificate) => void,
  log: OperationsLog,
): { stop(): void } {
  const stamp = (): string => ['gateway.key', 'gateway.crt'].map(file => stampOf(join(certsDir, file))).join()
  let used = present
  let seen: string | null = null
  let failures = 0
  const look = (): void => {
    const now = stamp()
    if (now === seen) return
    try {
      const own = readOwnCertificate(certsDir)
      if (own.key !== used.key || own.certificate !== used.certificate) {
        checkDates(own)
        onRenewed(own)
      }
      used = own
      seen = now
      failures = 0
    } catch (thrown) {
      if (++failures === PATIENCE)
        log.error('the changed certificate of the gateway cannot be used; the present one stays', describe(thrown))
    }
  }
  const timer = setInterval(look, LOOK_MILLIS).unref()
  return { stop: () => clearInterval(timer) }
}

function checkPair({ key, certificate }: OwnCertificate): void {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
    throw new TypeError('gateway.key is not the key of gateway.crt')
}

function checkDates({ certificate }: OwnCertificate): void {
  const { validTo } = new X509Certificate(certificate)
  if (Date.parse(validTo) <= Date.now()) throw new RangeError(`gateway.crt has expired on ${validTo}`)
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return ''
  }
}

function mustReadFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Misuse(
      `${what} is missing: ${path} cannot be read. Set CERTS_DIR, or make development certificates with \`npm run certs\``,
    )
  }
}
