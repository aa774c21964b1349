import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CrlIndex } from '../../edge/keys/crl-index.ts'
import type { TlsMaterial } from '../../edge/listener/tls-policy.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import { Misuse } from '../misuse.ts'

/** The gateway's own key and certificate from CERTS_DIR, with the trust of a snapshot. */
export function readTlsMaterial(certsDir: string, trust: readonly string[]): TlsMaterial {
  return {
    key: mustReadFile(join(certsDir, 'gateway.key'), 'the key of the gateway'),
    certificate: mustReadFile(join(certsDir, 'gateway.crt'), 'the certificate of the gateway'),
    trust,
  }
}

const LOOK_MILLIS = 1_000

export interface Watched {
  stop(): void
  /** Looks now, changed or not. */
  reload(): Promise<void>
}

/** Looks now and then whenever the file has changed. `onChange` is told whether there is such a file. */
async function watch(
  path: string,
  onChange: (there: boolean) => Promise<void> | void,
  log: OperationsLog,
): Promise<Watched> {
  let seen: string | null = null
  const look = async (): Promise<void> => {
    const stamp = stampOf(path)
    if (stamp === seen) return
    seen = stamp
    await onChange(stamp !== '')
  }
  await look()
  const timer = setInterval(() => {
    void look().catch(thrown => log.error('a changed file cannot be used', { path, ...describe(thrown) }))
  }, LOOK_MILLIS)
  timer.unref()
  return {
    stop: () => clearInterval(timer),
    reload() {
      seen = null
      return look()
    },
  }
}

/** Loads CERTS_DIR/crl.pem, and again whenever the file changes. A file that cannot be used leaves the lists as they are. */
export function watchCrl(
  certsDir: string,
  index: CrlIndex,
  trust: () => readonly string[],
  log: OperationsLog,
): Promise<Watched> {
  const path = join(certsDir, 'crl.pem')
  const load = async (there: boolean): Promise<void> => {
    // Lists that were loaded serve on until they are stale; without any, the status of every certificate is unknown.
    if (!there)
      return log.error('there is no revocation list: certificates are refused once no fresh list is left', { path })
    const { loaded, problems } = await index.load(readFileSync(path, 'utf8'), trust())
    for (const problem of problems) log.error('a revocation list is of no use', { path, problem })
    log.info('loaded revocation lists', { path, loaded })
  }
  return watch(path, load, log)
}

/** Calls `onRenewed` whenever CERTS_DIR/gateway.crt has changed. The key is written before the certificate. */
export function watchGatewayCertificate(certsDir: string, onRenewed: () => void, log: OperationsLog): Promise<Watched> {
  let first = true
  return watch(
    join(certsDir, 'gateway.crt'),
    () => {
      if (!first) onRenewed()
      first = false
    },
    log,
  )
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
