import { LockHeld, underLock } from '../../lock-file.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'

/** Long enough for another process to initialise, recover and start. */
const WAIT_MILLIS = 10 * 60_000

/** Runs `work` while no other process of this machine starts or stops the server of this data directory. */
export async function underStartLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await underLock(path, WAIT_MILLIS, work)
  } catch (thrown) {
    if (thrown instanceof LockHeld)
      throw new EmbeddedPostgresError(`${thrown.message}; if it is not a gateway, delete the file`)
    throw thrown
  }
}
