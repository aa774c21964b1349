import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export const PRIVATE = 0o600
export const PUBLIC = 0o644

/** Replaces a file. A crash leaves the old one or the new one, and perhaps a `.tmp` beside it. */
export function writeWhole(path: string, content: string | Uint8Array, mode: number): void {
  renameSync(draft(path, content, mode), path)
  syncDirectory(dirname(path))
}

/** Writes a file that must not be there yet; false: it is, and stays as it was. A crash leaves the whole file or none. */
export function writeOnce(path: string, content: string | Uint8Array, mode: number): boolean {
  const file = draft(path, content, mode)
  try {
    linkSync(file, path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  } finally {
    rmSync(file, { force: true })
  }
  syncDirectory(dirname(path))
  return true
}

function draft(path: string, content: string | Uint8Array, mode: number): string {
  const file = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const handle = openSync(file, 'wx', mode)
  try {
    writeAll(handle, typeof content === 'string' ? Buffer.from(content) : content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  return file
}

/** One write may take less than it was given. */
export function writeAll(handle: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written)
}

/** A new name is durable only with its directory. */
export function syncDirectory(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
