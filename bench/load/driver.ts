import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONSUMER } from '../messages.ts'
import { type Pinned, startPinned } from '../subjects/pinned.ts'
import type { ClientTls } from './connection.ts'
import type { Job, LoadResult, Order, Report } from './job.ts'

/** The load generator's process, as the bench speaks to it. */
export class LoadDriver {
  readonly #pinned: Pinned
  readonly #tls: ClientTls
  #onReport: ((report: Report) => void) | null = null

  constructor(certsDir: string, core: number | null) {
    const read = (file: string): string => readFileSync(join(certsDir, file), 'utf8')
    this.#tls = { ca: read('ca.crt'), key: read(`${CONSUMER}.key`), cert: read(`${CONSUMER}.crt`) }
    this.#pinned = startPinned(core, process.execPath, [join(import.meta.dirname, 'main.js')])
    this.#pinned.child.on('message', message => this.#onReport?.(message as Report))
    this.#pinned.child.once('exit', () =>
      this.#onReport?.({ report: 'broken', why: `the load generator ended: ${this.#pinned.output()}` }),
    )
  }

  async start(job: Omit<Job, 'tls' | 'request'> & { readonly request: Buffer }): Promise<void> {
    const request = job.request.toString('base64')
    await this.#ask({ order: 'start', job: { ...job, tls: this.#tls, request } }, 'started')
  }

  /** Counts from now on. */
  async mark(): Promise<void> {
    await this.#ask({ order: 'mark' }, 'marked')
  }

  async result(): Promise<LoadResult> {
    const report = await this.#ask({ order: 'report' }, 'result')
    return (report as Extract<Report, { report: 'result' }>).result
  }

  async stop(): Promise<void> {
    await this.#ask({ order: 'stop' }, 'stopped')
  }

  close(): Promise<void> {
    this.#onReport = null
    return this.#pinned.stop()
  }

  #ask(order: Order, expected: Report['report']): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#onReport = report => {
        if (report.report === 'broken') reject(new Error(report.why))
        else if (report.report === expected) resolve(report)
      }
      this.#pinned.child.send(order)
    })
  }
}
