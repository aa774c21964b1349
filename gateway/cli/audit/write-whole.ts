import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Misuse } from '../misuse.ts'

/**
 * Writes a file of which nothing stands under its name before the last byte is on disk; a crash leaves a `.part` beside it. Resolves
 * to its size; null: the signal came first, and nothing is left behind. Rejects with Misuse where a file is there already.
 */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number | null> {
  if (existsSync(path)) throw new Misuse(`${path} is there already: name another file with --out`)
  const draft = `${path}.part`
  const file = await open(draft, 'wx').catch((thrown: NodeJS.ErrnoException) => {
    throw new Misuse(
      thrown.code === 'EEXIST' ? `${draft} is left of another export: remove it` : `${draft} cannot be written`,
    )
  })
  try {
    let size = 0
    for await (const piece of pieces) {
      if (signal.aborted) return null
      await file.writeFile(piece)
      size += piece.length
    }
    await file.sync()
    await rename(draft, path)
    return size
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}
