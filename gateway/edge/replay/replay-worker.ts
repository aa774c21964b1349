/** A thread of its own for one replay: see replay-aside.ts. It ends with its work. */
import { workerData } from 'node:worker_threads'
import { openDatabase } from '../postgres/database.ts'
import { type ReplayJob, runReplay } from './run-replay.ts'

const { url, job } = workerData as { readonly url: string; readonly job: ReplayJob }
const database = openDatabase(url, { name: 'lienthong replay', connections: 1 })
try {
  await runReplay(database, job)
} finally {
  await database.close()
}
