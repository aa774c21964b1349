import { Worker } from 'node:worker_threads'
import type { SchemaText } from '../../configuration/objects.ts'
import type { SchemaFault } from '../../schema/refuse-schema.ts'

/** All schemas of an honest service take a fraction of a second. */
export const LINT_MILLIS = 2_000
/** One takes about 3 ms, one with as many members as an object may have 0.1 s: who serves compiles it once more, at its first use. */
const SCHEMA_MILLIS = 1_000
/** Loading the compiler is not the schemas' fault; a busy machine takes a second. */
const START_MILLIS = 30_000
const WORKER = new URL('./lint-worker.js', import.meta.url)

/**
 * `lintAside`, one call behind the other: a thread may take 256 MB, and proposals come from as many people as like. Where a call
 * fails the next goes on all the same.
 */
export function lintAsideInTurn(
  worker: URL = WORKER,
): (schemas: readonly SchemaText[]) => ReturnType<typeof lintAside> {
  let last: Promise<unknown> = Promise.resolve()
  return schemas => {
    const result = last.then(() => lintAside(schemas, LINT_MILLIS, worker))
    last = result.catch(() => undefined)
    return result
  }
}

/**
 * Lints and compiles schemas in a thread of their own, which is ended after 2 s, or after one second with one of them: one that would
 * keep its compiler busy for minutes keeps nobody waiting. One answer for each schema; those behind the time say so. `worker`: the built one; tests that run from
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
    const end = (allowed: number): void => {
      resolve(late(`does not compile within ${allowed / 1000} s`))
      void thread.terminate()
    }
    const endOne = (): void => {
      const message = `does not compile within ${SCHEMA_MILLIS / 1000} s`
      done.push([{ pointer: '', message }])
      resolve(late('was not tried: one before it takes too long'))
      void thread.terminate()
    }
    let all = setTimeout(end, START_MILLIS, START_MILLIS)
    let one: NodeJS.Timeout | undefined
    thread.on('message', (faults: readonly SchemaFault[] | 'ready') => {
      clearTimeout(one)
      if (faults !== 'ready') done.push(faults)
      else {
        clearTimeout(all)
        all = setTimeout(end, millis, millis)
      }
      if (done.length < schemas.length) one = setTimeout(endOne, SCHEMA_MILLIS)
    })
    thread.once('error', error => {
      // Too much memory is the schema's fault, everything else is ours.
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        resolve(late('takes too much memory to compile'))
      else reject(error)
    })
    thread.once('exit', () => {
      clearTimeout(all)
      clearTimeout(one)
      resolve(late('the thread that compiled it ended too early'))
    })
  })
}
