import 'reflect-metadata'
import { X509Crl } from '@peculiar/x509'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blocksOf } from '../../pki/pem.ts'
import type { Check, Result } from './check.ts'

const DAY_MILLIS = 86_400_000
const WARN_DAYS = 14

export const checkCertificates: Check = async ({ certsDir }) => {
  const results: Result[] = []
  try {
    const certificate = new X509Certificate(readFileSync(join(certsDir, 'gateway.crt'), 'utf8'))
    const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MILLIS
    const until = `valid until ${new Date(certificate.validTo).toISOString()}`
    if (days <= 0) results.push({ state: 'wrong', what: 'gateway certificate', detail: `expired: renew it (${until})` })
    // Development certificates live 30 days and are renewed by every start.
    else results.push({ state: days < WARN_DAYS ? 'warning' : 'good', what: 'gateway certificate', detail: until })
    const key = createPrivateKey(readFileSync(join(certsDir, 'gateway.key'), 'utf8'))
    results.push(
      certificate.checkPrivateKey(key)
        ? { state: 'good', what: 'gateway key', detail: `belongs to the certificate (${key.asymmetricKeyType})` }
        : { state: 'wrong', what: 'gateway key', detail: `gateway.key is not the key of gateway.crt in ${certsDir}` },
    )
  } catch (thrown) {
    results.push({
      state: 'wrong',
      what: 'gateway certificate',
      detail: `${String(thrown)}: set CERTS_DIR, or run \`npm run certs\``,
    })
  }
  results.push(checkCrl(certsDir))
  return results
}

/** Without a fresh list of every issuer, certificates are refused. */
function checkCrl(certsDir: string): Result {
  const what = 'revocation lists'
  try {
    const lists = blocksOf('X509 CRL', readFileSync(join(certsDir, 'crl.pem'), 'utf8')).map(pem => new X509Crl(pem))
    const stale = Math.min(...lists.map(({ nextUpdate }) => nextUpdate?.getTime() ?? 0))
    if (lists.length === 0) return { state: 'wrong', what, detail: 'crl.pem holds none: every certificate is refused' }
    const until = `fresh until ${new Date(stale).toISOString()}`
    return stale > Date.now()
      ? { state: 'good', what, detail: `${lists.length}, ${until}` }
      : { state: 'wrong', what, detail: `not fresh any more (${until}): fetch new ones` }
  } catch (thrown) {
    return { state: 'wrong', what, detail: `${String(thrown)}: every certificate is refused without crl.pem` }
  }
}
