import { statfs } from 'node:fs/promises'

/** The part of a disk that is free for us, 0 to 1; null: it cannot be asked. */
export async function freePart(path: string): Promise<number | null> {
  try {
    const { bavail, blocks } = await statfs(path)
    return blocks > 0 ? bavail / blocks : null
  } catch {
    return null
  }
}
