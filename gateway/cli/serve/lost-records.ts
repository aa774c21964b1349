import type { LaneName } from '../../domain/gateway-id.ts'
import type { KeptHeads } from '../../edge/keys/kept-heads.ts'
import type { Metrics } from '../../edge/metrics.ts'
import { describe, type OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { listLanes } from '../../edge/postgres/lanes.ts'
import { findLostRecords } from '../../log/find-lost-records.ts'

export interface LostRecordsOptions {
  readonly database: Database
  readonly heads: KeptHeads
  readonly log: OperationsLog
  readonly metrics: Metrics
}

/**
 * Tells the operator, once a lane, that records which callers had been told of have gone: a failover to a standby that was behind,
 * or an older copy of the database. Looks at every lane that this machine has ever kept a head of.
 */
export class LostRecordsWatch {
  readonly #options: LostRecordsOptions
  readonly #told = new Set<LaneName>()

  constructor(options: LostRecordsOptions) {
    this.#options = options
  }

  /** At the start, and whenever a lane of this process was lost. Never rejects: it is repeated at the next loss. */
  async look(): Promise<void> {
    const { database, heads, log, metrics } = this.#options
    try {
      const kept = new Map(heads.lanes().map(lane => [lane, heads.read(lane) ?? '']))
      for (const { lane, stored, kept: size } of findLostRecords(kept, await listLanes(database))) {
        if (this.#told.has(lane)) continue
        this.#told.add(lane)
        metrics.lostRecords.inc(size - (stored ?? 0))
        log.error('records that callers were told of have gone from the database: see `lienthong audit verify`', {
          lane,
          from: stored ?? 0,
          to: size - 1,
        })
      }
    } catch (thrown) {
      log.warn('whether records were lost could not be looked at', describe(thrown))
    }
  }
}
