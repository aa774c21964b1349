import { Worker } from 'node:worker_threads'
import type { SchemaText } from '../../configuration/objects.ts'
import type { SchemaFault } from '../../schema/refuse-schema.ts'

/** A schema takes about 3 ms; all of an honest service a fraction of a second. */
export const LINT_MILLIS = 2_000
/** Loading the compiler is not the schemas' fault; a busy machine takes a second. */
const START_MILLIS = 30_000
const WORKER = new URL('./lint-worker.js', import.meta.url)

/**
 * Lints and compiles schemas in a thread of their own, which is ended after 2 s: one that would keep its compiler busy for minutes
 * keeps nobody waiting. One answer for each schema; those behind the time say so. `worker`: the built one; tests that run from
 * sources name it.
 */
export function lintAside(
  schemas: readonly SchemaText[],
  millis: number = LINT_MILLIS,
  worker: URL = WORKER,
): Promise<readonly (readonly SchemaFault[])[]> {
  const done: (readonly SchemaFault[])[] = []
  const late = (message: string): readonly (readonly SchemaFault[])[] =>
    schemas.map((_, n) => done[n] ?? [{ pointer: '', message }])
  return new Promise((resolve, reject) => {
    // Without our environment: it may hold passwords, and compiling needs none of it.
    const thread = new Worker(worker, {
      workerData: schemas,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    const end = (): void => {
      resolve(late(`does not compile within ${millis / 1000} s`))
      void thread.terminate()
    }
    let tooLong = setTimeout(end, START_MILLIS)
    thread.on('message', (faults: readonly SchemaFault[] | 'ready') => {
      if (faults !== 'ready') return void done.push(faults)
      clearTimeout(tooLong)
      tooLong = setTimeout(end, millis)
    })
    thread.once('error', error => {
      // Too much memory is the schema's fault, everything else is ours.
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        resolve(late('takes too much memory to compile'))
      else reject(error)
    })
    thread.once('exit', () => {
      clearTimeout(tooLong)
      resolve(late('the thread that compiled it ended too early'))
    })
  })
}
