import { Worker } from 'node:worker_threads'
import type { ReplayJob } from './run-replay.ts'

const WORKER = new URL('./replay-worker.js', import.meta.url)
/** Two configurations of 100,000 agreements and the revisions that decided; more is not ours to take from exchanges. */
const MOST_MEGABYTES = 1536

export interface RunningReplay {
  /** Rejects where its thread broke. */
  readonly ended: Promise<void>
  /** Ends the thread wherever it is: what it stored so far is of an attempt that nobody sees. */
  stop(): Promise<void>
}

/**
 * Works at a replay in a thread of its own, with a connection of its own: neither the office nor the exchanges of this process wait
 * for it, and the guardrails of the candidate do not drive those that are obeyed out of their place. `worker`: the built one; tests
 * that run from sources name it.
 */
export function replayAside(url: string, job: ReplayJob, worker: URL = WORKER): RunningReplay {
  // Without our environment: it may hold passwords, and a replay needs none of it.
  const thread = new Worker(worker, {
    workerData: { url, job },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  })
  const ended = new Promise<void>((resolve, reject) => {
    thread.once('error', reject)
    thread.once('exit', () => resolve())
  })
  return { ended, stop: async () => void (await thread.terminate()) }
}
