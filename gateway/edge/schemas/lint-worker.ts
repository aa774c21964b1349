/** A thread of its own for the schemas of one service: see lint-aside.ts. `ready`, then one message for each, in order. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SchemaText } from '../../configuration/objects.ts'
import { digestOf } from '../../domain/digest.ts'
import { lintSchema } from '../../schema/lint-schema.ts'

// The first one pays for the meta-schemas: not on the account of whose schemas these are.
const FIRST = '{"type":"string","maxLength":1,"pattern":"^a$"}'
lintSchema({ text: FIRST, digest: digestOf(FIRST) })
parentPort?.postMessage('ready')
for (const schema of workerData as readonly SchemaText[]) parentPort?.postMessage(lintSchema(schema))
