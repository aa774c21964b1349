import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

const PRIVATE = 0o600
const PUBLIC = 0o644
const ABANDONED_AFTER_MILLIS = 3_600_000

/** A folder whose files are either whole or absent, whenever the process dies. */
export interface CertificateFolder {
  /** null where there is no such file. */
  read(name: string): string | null
  has(name: string): boolean
  /** Replaces the file. */
  writePublic(name: string, content: string): void
  writePrivate(name: string, content: string | Uint8Array): void
  /**
   * Writes the file unless there is one meanwhile, and returns what is there: of two processes that make the same key at the
   * same time both go on with the first one's.
   */
  writePrivateOnce(name: string, content: string): string
  /** Takes a private file's permissions away from everybody else. */
  protect(name: string): void
}

/** Opens a folder; makes it with mode 0700 if it is missing. One that exists keeps its mode: it may hold other things. */
export function openFolder(path: string): CertificateFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  removeAbandoned(path)

  const at = (name: string) => join(path, name)
  const temporary = (name: string, content: string | Uint8Array, mode: number): string => {
    const file = at(`.${name}.${randomBytes(6).toString('hex')}.tmp`)
    const handle = openSync(file, 'wx', mode)
    try {
      writeFileSync(handle, content)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    return file
  }
  // A crash before the rename leaves the old file and a temporary one, which a later run removes.
  const replace = (name: string, content: string | Uint8Array, mode: number) =>
    renameSync(temporary(name, content, mode), at(name))
  const read = (name: string) => unlessMissing(() => readFileSync(at(name), 'utf8'))

  return {
    read,
    has: name => unlessMissing(() => statSync(at(name)).isFile()) ?? false,
    writePublic: (name, content) => replace(name, content, PUBLIC),
    writePrivate: (name, content) => replace(name, content, PRIVATE),
    writePrivateOnce: (name, content) => {
      const file = temporary(name, content, PRIVATE)
      try {
        linkSync(file, at(name))
      } catch (error) {
        // File systems without hard links: the rename is as whole, but the last one wins.
        if (codeOf(error) !== 'EEXIST') renameSync(file, at(name))
      }
      rmSync(file, { force: true })
      return read(name) ?? content
    },
    protect: name => chmodSync(at(name), PRIVATE),
  }
}

/** By the file system's own clock, so that a run of another process is not disturbed. */
function removeAbandoned(path: string): void {
  const temporaries = readdirSync(path).filter(name => name.startsWith('.') && name.endsWith('.tmp'))
  for (const name of temporaries) {
    const changed = unlessMissing(() => statSync(join(path, name)).mtimeMs)
    if (changed !== null && Date.now() - changed > ABANDONED_AFTER_MILLIS) rmSync(join(path, name), { force: true })
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

function unlessMissing<T>(look: () => T): T | null {
  try {
    return look()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
