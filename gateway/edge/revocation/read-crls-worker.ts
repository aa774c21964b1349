/** A thread of its own for one large file of revocation lists: see read-crls-aside.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { readCrls } from './read-crls.ts'

const { bytes, authorities } = workerData as { bytes: Uint8Array; authorities: readonly Uint8Array[] }
const readings = readCrls(bytes, authorities)
const tables = readings.flatMap(reading => (reading.ok ? [reading.value.serials.slots.buffer] : []))
parentPort?.postMessage(readings, tables)
