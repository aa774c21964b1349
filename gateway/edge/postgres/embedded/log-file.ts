import { open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { giveTo } from './choose-account.ts'

/** One older file is kept: enough for a fault, bounded on the disk. */
const ROTATE_BYTES = 16 * 1024 * 1024
const TAIL_BYTES = 16 * 1024

export const logFileIn = (dataDirectory: string): string => join(dataDirectory, 'postgres.log')

/** Makes sure that the account can append to the log file; returns where the next start's lines begin. */
export async function prepareLogFile(account: Account, dataDirectory: string): Promise<number> {
  const path = logFileIn(dataDirectory)
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  if (size > ROTATE_BYTES) await rename(path, `${path}.1`)
  const file = await open(path, 'a', 0o600)
  await file.close()
  await giveTo(account, path)
  return size > ROTATE_BYTES ? 0 : size
}

/** What the server wrote since `offset`, at most the last 16 KiB. */
export async function logSince(dataDirectory: string, offset: number): Promise<string> {
  const file = await open(logFileIn(dataDirectory), 'r')
  try {
    const { size } = await file.stat()
    const from = Math.max(offset, size - TAIL_BYTES)
    const buffer = Buffer.alloc(Math.max(0, size - from))
    await file.read(buffer, 0, buffer.length, from)
    return buffer.toString('utf8')
  } finally {
    await file.close()
  }
}

export const lastLines = (text: string, count = 15): string => text.trimEnd().split('\n').slice(-count).join('\n')
