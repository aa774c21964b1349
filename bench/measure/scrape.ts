/** One reading of the gateway's own metrics: `name{labels}` -> value. */
export type Reading = ReadonlyMap<string, number>

/** Throws where the ops listener does not answer. */
export async function scrape(opsPort: number): Promise<Reading> {
  const response = await fetch(`http://127.0.0.1:${opsPort}/metrics`)
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`)
  const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

export const difference = (before: Reading, after: Reading): Reading =>
  new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)]))

export interface Batches {
  readonly commits: number
  readonly records: number
  /** Milliseconds, from taking the batch to having kept its head. */
  readonly commitMillis: number
}

export function batchesIn(reading: Reading): Batches {
  const commits = reading.get('lienthong_log_batch_records_count') ?? 0
  const seconds = reading.get('lienthong_log_commit_seconds_sum') ?? 0
  return {
    commits,
    records: reading.get('lienthong_log_batch_records_sum') ?? 0,
    commitMillis: (seconds * 1000) / Math.max(1, commits),
  }
}

/** Wall time of each step, in microseconds an exchange, in the order of the table. */
export function stepsIn(reading: Reading): readonly { readonly step: string; readonly micros: number }[] {
  const name = /^lienthong_step_seconds_sum\{step="(\w+)"\}$/
  return [...reading].flatMap(([key, seconds]) => {
    const step = name.exec(key)?.[1]
    const count = reading.get(`lienthong_step_seconds_count{step="${step}"}`) ?? 0
    return step === undefined || count === 0 ? [] : [{ step, micros: (seconds * 1e6) / count }]
  })
}
