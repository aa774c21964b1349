/** A thread of its own for the schemas of one service: see lint-aside.ts. `ready`, then one message for each, in order. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SchemaText } from '../../configuration/objects.ts'
import { lintSchema } from '../../schema/lint-schema.ts'

parentPort?.postMessage('ready')
for (const schema of workerData as readonly SchemaText[]) parentPort?.postMessage(lintSchema(schema))
