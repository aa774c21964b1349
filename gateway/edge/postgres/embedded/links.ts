import { readFile, symlink } from 'node:fs/promises'
import { dirname, join, normalize, relative } from 'node:path'
import { EmbeddedPostgresError, WAY_OUT } from './embedded-error.ts'

interface Link {
  readonly source: string
  readonly target: string
}

/**
 * Makes the links between the server's libraries (`libpq.so.5` -> `libpq.so.5.18`). npm packages cannot hold links, so
 * the package makes them after installation, and `npm ci --ignore-scripts` skips that. Idempotent, safe concurrently.
 */
export async function ensureLinks(native: string): Promise<void> {
  for (const { source, target } of await linksOf(native)) {
    const path = inside(native, target)
    try {
      await symlink(relative(dirname(path), inside(native, source)), path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') continue
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL lacks the library link ${path} and it cannot be made (${code ?? 'unknown error'}). ` +
          `Run npm rebuild as the owner of node_modules, ${WAY_OUT}.`,
      )
    }
  }
}

/** Packages of platforms that need no links have no list. */
async function linksOf(native: string): Promise<readonly Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  return JSON.parse(text) as readonly Link[]
}

/** The list speaks of paths like `native/lib/libpq.so`; nothing outside `native` is ever written. */
function inside(native: string, listed: string): string {
  const path = normalize(listed)
  if (!path.startsWith('native/')) throw new EmbeddedPostgresError(`pg-symlinks.json names ${listed}, outside native/`)
  return join(native, path.slice('native/'.length))
}
