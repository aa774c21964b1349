import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CrlIndex } from '../../edge/keys/crl-index.ts'
import type { TlsMaterial } from '../../edge/listener/tls-policy.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
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

export interface WatchedCrl {
  stop(): void
  /** Reads the file again: other authorities are trusted now. */
  reload(): Promise<void>
}

/** Loads CERTS_DIR/crl.pem, and again whenever the file changes. A file that cannot be used leaves the lists as they are. */
export async function watchCrl(
  certsDir: string,
  index: CrlIndex,
  trust: () => readonly string[],
  log: OperationsLog,
): Promise<WatchedCrl> {
  const path = join(certsDir, 'crl.pem')
  let seen = ''
  const look = async (): Promise<void> => {
    const stamp = stampOf(path)
    if (stamp === seen) return
    seen = stamp
    if (stamp === '') return log.error('there is no revocation list: every certificate will be refused', { path })
    const { loaded, problems } = await index.load(readFileSync(path, 'utf8'), trust())
    for (const problem of problems) log.error('a revocation list is of no use', { path, problem })
    log.info('loaded revocation lists', { path, loaded })
  }
  await look()
  const timer = setInterval(
    () => void look().catch(() => log.error('the revocation list cannot be read', { path })),
    LOOK_MILLIS,
  )
  timer.unref()
  return {
    stop: () => clearInterval(timer),
    reload() {
      seen = ''
      return look()
    },
  }
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
