import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseCrl } from '../../edge/revocation/parse-crl.ts'
import { listsIn } from '../../edge/revocation/read-crls.ts'
import { crlPaths } from '../../edge/revocation/watch-crl-files.ts'
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
    results.push(checkMode(join(certsDir, 'gateway.key')))
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

/** Files of KEYS_DIR that others may read are refused by the gateway itself; this one comes from elsewhere. */
function checkMode(path: string): Result {
  const what = 'gateway key file'
  const mode = statSync(path).mode & 0o777
  const says = `mode ${mode.toString(8).padStart(4, '0')}`
  if ((mode & 0o007) !== 0) return { state: 'wrong', what, detail: `everybody may use it (${says}): chmod 600 ${path}` }
  if ((mode & 0o070) !== 0)
    return {
      state: 'warning',
      what,
      detail: `its group may use it (${says}): chmod 600 ${path}, unless the group is meant`,
    }
  return { state: 'good', what, detail: `only its owner may use it (${says})` }
}

/** Only what lies in files: distribution points and responders are asked by the running gateway. */
function checkCrl(certsDir: string): Result {
  const what = 'revocation lists'
  try {
    const files = crlPaths(certsDir)
    const lists = files.flatMap(path => listsIn(readFileSync(path))).map(parseCrl)
    if (lists.length === 0)
      return {
        state: 'wrong',
        what,
        detail: `none in ${certsDir}: refused are all but issuers with a distribution point or a responder`,
      }
    const stale = Math.min(...lists.map(({ nextUpdateMillis }) => nextUpdateMillis ?? 0))
    const until = `fresh until ${new Date(stale).toISOString()}`
    return stale > Date.now()
      ? { state: 'good', what, detail: `${lists.length}, ${until}` }
      : { state: 'wrong', what, detail: `not fresh any more (${until}): fetch new ones` }
  } catch (thrown) {
    return { state: 'wrong', what, detail: `cannot be read: ${String(thrown)}` }
  }
}
