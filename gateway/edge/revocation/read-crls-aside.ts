import { Worker } from 'node:worker_threads'
import { err } from '../../domain/result.ts'
import { type CrlReading, readCrls } from './read-crls.ts'

export type ReadCrls = (bytes: Uint8Array, authorities: readonly Uint8Array[]) => Promise<readonly CrlReading[]>

/** About 1,500 entries: below a millisecond, less than a thread costs to start. */
const SMALL_BYTES = 64 * 1024
const WORKER_MILLIS = 30_000
const WORKER = new URL('./read-crls-worker.js', import.meta.url)

/**
 * Reads small files in place and large ones in a thread of their own, so that no exchange waits for a list of 100,000 entries.
 * `worker`: the built worker; tests that run from sources name it.
 */
export const readCrlsAside =
  (worker: URL = WORKER): ReadCrls =>
  (bytes, authorities) =>
    bytes.length <= SMALL_BYTES ? Promise.resolve(readCrls(bytes, authorities)) : readIn(worker, bytes, authorities)

function readIn(worker: URL, bytes: Uint8Array, authorities: readonly Uint8Array[]): Promise<readonly CrlReading[]> {
  return new Promise((resolve, reject) => {
    // Without our environment: it may hold passwords, and parsing needs none of it.
    const thread = new Worker(worker, {
      workerData: { bytes, authorities },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    })
    const tooLong = setTimeout(() => {
      resolve([err(`not read within ${WORKER_MILLIS / 1000} s`)])
      void thread.terminate()
    }, WORKER_MILLIS)
    thread.once('message', (readings: readonly CrlReading[]) => resolve(readings))
    thread.once('error', reject)
    thread.once('exit', () => {
      clearTimeout(tooLong)
      resolve([err('the thread that read it ended too early')])
    })
  })
}
