import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-error.ts'

/** What `DATA_DIR/postgres.json` holds (mode 0600). */
export interface Secrets {
  readonly adminPassword: string
  readonly runtimePassword: string
  /** Where the server listened last; kept while it is free. 0: none yet. */
  readonly port: number
}

const pathIn = (dataDirectory: string) => join(dataDirectory, 'postgres.json')

/** The secrets, or null where there are none yet. */
export async function readSecrets(dataDirectory: string): Promise<Secrets | null> {
  const path = pathIn(dataDirectory)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const read = parse(text)
  if (read === null) throw new EmbeddedPostgresError(`${path} cannot be read; put it back from a backup`)
  return read
}

function parse(text: string): Secrets | null {
  try {
    const { adminPassword, runtimePassword, port } = JSON.parse(text) as Partial<Secrets>
    const whole = typeof adminPassword === 'string' && typeof runtimePassword === 'string' && typeof port === 'number'
    return whole ? { adminPassword, runtimePassword, port } : null
  } catch {
    return null
  }
}

/** Hexadecimal, so that it needs no quoting in a URL, a file or SQL. */
export const newSecrets = (): Secrets => ({
  adminPassword: randomBytes(24).toString('hex'),
  runtimePassword: randomBytes(24).toString('hex'),
  port: 0,
})

/** Replaces the file as one step; a crash leaves the old one or the new one. */
export async function writeSecrets(dataDirectory: string, secrets: Secrets): Promise<void> {
  const path = pathIn(dataDirectory)
  await writeDurably(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`)
  await renameDurably(`${path}.new`, path)
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Renames so that the new name survives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  const directory = await open(dirname(to), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
