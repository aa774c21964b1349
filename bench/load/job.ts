import type { ClientTls } from './connection.ts'

/** What the load generator is asked to do. */
export interface Job {
  readonly port: number
  readonly tls: ClientTls
  readonly connections: number
  /** The whole request, head and body, base64. */
  readonly request: string
  /** Requests a second, evenly spaced, whatever the subject does (open loop); null: as fast as answers come (closed loop). */
  readonly rate: number | null
}

/** Counted since the last `mark`. Latencies in microseconds. */
export interface LoadResult {
  readonly seconds: number
  readonly answers: number
  /** Answers other than 200. */
  readonly failures: number
  readonly firstFailure: number | null
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
  /** Microseconds of CPU of the load generator itself. */
  readonly cpu: number
  /** Open loop: requests that had to wait for a free connection. */
  readonly late: number
}

/** From the bench to the load generator. */
export type Order =
  | { readonly order: 'start'; readonly job: Job }
  | { readonly order: 'mark' }
  | { readonly order: 'report' }
  | { readonly order: 'stop' }

export type Report =
  | { readonly report: 'started' | 'marked' | 'stopped' }
  | { readonly report: 'result'; readonly result: LoadResult }
  | { readonly report: 'broken'; readonly why: string }
