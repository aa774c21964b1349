import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { newestRevision, readRevision } from '../../edge/postgres/revisions.ts'
import { isDevelopmentCertificate } from '../../pki/development.ts'
import { blocksOf } from '../../pki/pem.ts'
import type { Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import type { Check, Result } from './check.ts'

const DAY_SECONDS = 86_400
const WARN_DAYS = 30
/** Development certificates live 30 days and are renewed by every start. */
const DEVELOPMENT_WARN_DAYS = 14
const ANSWER_MILLIS = 3_000

interface Ending {
  /** `system G99.21/records`. */
  readonly who: string
  readonly seconds: number
}

/** The ends of all certificates in use, as a running gateway sees them; without one, those of the registered issuers. */
export const checkExpiry: Check = async settings => {
  const seen = await askGateway(settings.opsPort)
  const endings = seen ?? (await endingsOfIssuers(settings))
  const warnSeconds = (isDevelopment(settings) ? DEVELOPMENT_WARN_DAYS : WARN_DAYS) * DAY_SECONDS
  const near = endings.filter(({ seconds }) => seconds <= warnSeconds).sort((a, b) => a.seconds - b.seconds)
  const source = seen ? 'in use' : 'of issuers; those of systems are known to a running gateway only'
  return [
    ...near.map(({ who, seconds }): Result => {
      const days = Math.ceil(seconds / DAY_SECONDS)
      return seconds <= 0
        ? { state: 'wrong', what: `certificate of ${who}`, detail: 'has expired: renew it' }
        : { state: 'warning', what: `certificate of ${who}`, detail: `expires in ${days} days: renew it` }
    }),
    {
      state: 'good',
      what: 'certificates',
      detail: `${endings.length - near.length} of ${endings.length} last longer than ${warnSeconds / DAY_SECONDS} days (${source})`,
    },
  ]
}

const LINE = /^lienthong_certificate_expiry_seconds\{kind="([a-z]+)",name="([^"]*)"\} (-?\d+)$/gm

/** Null: no gateway answers at the port. */
async function askGateway(opsPort: number): Promise<readonly Ending[] | null> {
  const url = `http://127.0.0.1:${opsPort}/metrics`
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLIS) }).catch(() => null)
  if (!answer?.ok) return null
  const text = await answer.text()
  const found = [...text.matchAll(LINE)].map(([, kind = '', name = '', seconds = '']) => ({
    who: `${kind} ${name}`,
    seconds: Number(seconds),
  }))
  return found.length > 0 ? found : null
}

async function endingsOfIssuers(settings: Settings): Promise<readonly Ending[]> {
  try {
    const newest = await withStore(settings, async database => readRevision(database, await newestRevision(database)))
    if (!newest) return []
    const { document } = JSON.parse(newest.content) as { document: ConfigurationDocument }
    return document.issuers.flatMap(({ name, certificates }) =>
      certificates.map((pem, index) => ({
        who: `${index === certificates.length - 1 ? 'root' : 'issuer'} ${name}`,
        seconds: (Date.parse(new X509Certificate(pem).validTo) - Date.now()) / 1000,
      })),
    )
  } catch {
    // checkDatabase has said why.
    return []
  }
}

function isDevelopment({ certsDir }: Settings): boolean {
  try {
    const [pem] = blocksOf('CERTIFICATE', readFileSync(join(certsDir, 'gateway.crt'), 'utf8'))
    return pem !== undefined && isDevelopmentCertificate(pem)
  } catch {
    // checkCertificates has said why.
    return false
  }
}
