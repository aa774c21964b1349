import { readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type OperationsLog } from '../operations-log.ts'
import type { CrlReport } from './crl-index.ts'
import { MAX_CRL_BYTES } from './read-crls.ts'

/** A revocation has to bite within a second of the file's arrival, the reading of a large list included. */
const LOOK_MILLIS = 250

export interface CrlFiles {
  /** Reads all of them again, changed or not: the trust has changed. */
  reload(): Promise<void>
  stop(): void
}

/**
 * Loads CERTS_DIR/crl.pem and whatever ends in .crl or .pem in CERTS_DIR/crls, and again whenever one of them changes. A file that
 * cannot be used, or has gone, leaves the lists as they are.
 */
export async function watchCrlFiles(
  certsDir: string,
  load: (bytes: Uint8Array) => Promise<CrlReport>,
  log: OperationsLog,
): Promise<CrlFiles> {
  const seen = new Map<string, string>()
  const read = async (path: string): Promise<void> => {
    if (statSync(path).size > MAX_CRL_BYTES)
      return log.error('a revocation list is of no use', { path, problem: 'more than 32 MiB' })
    const { loaded, problems } = await load(await readFile(path))
    for (const problem of problems) log.error('a revocation list is of no use', { path, problem })
    log.info('loaded revocation lists', { path, loaded })
  }
  const look = async (): Promise<void> => {
    const paths = crlPaths(certsDir)
    if (paths.length === 0 && seen.size > 0)
      log.error('the files of revocation lists have gone: what was loaded serves on until it is stale', { certsDir })
    for (const path of seen.keys()) if (!paths.includes(path)) seen.delete(path)
    const changed = paths.filter(path => seen.get(path) !== stampOf(path))
    for (const path of changed) {
      seen.set(path, stampOf(path))
      await read(path).catch(thrown => log.error('a changed file cannot be used', { path, ...describe(thrown) }))
    }
  }
  // One after the other: a look that waits for a large list must not be overtaken by the next.
  let looking = look()
  const next = (): Promise<void> => (looking = looking.then(look))
  await looking
  let idle = true
  const timer = setInterval(() => {
    if (!idle) return
    idle = false
    void next().finally(() => (idle = true))
  }, LOOK_MILLIS)
  timer.unref()
  return {
    reload() {
      seen.clear()
      return next()
    },
    stop: () => clearInterval(timer),
  }
}

/** CERTS_DIR/crl.pem and the files of CERTS_DIR/crls that are there. */
export function crlPaths(certsDir: string): readonly string[] {
  const folder = join(certsDir, 'crls')
  const more = namesIn(folder)
    .filter(name => /\.(?:crl|pem)$/.test(name))
    .sort()
    .map(name => join(folder, name))
  return [join(certsDir, 'crl.pem'), ...more].filter(path => stampOf(path) !== '')
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
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
