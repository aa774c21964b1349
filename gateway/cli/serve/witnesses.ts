import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../domain/digest.ts'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import type { KeptHeads } from '../../edge/keys/kept-heads.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import type { Metrics } from '../../edge/metrics.ts'
import type { OperationsLog } from '../../edge/operations-log.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { listLanes } from '../../edge/postgres/lanes.ts'
import { logSource } from '../../edge/postgres/log-source.ts'
import { WitnessMemory } from '../../edge/witness/witness-memory.ts'
import type { Snapshots } from '../../exchange/ports.ts'
import { encodeBase64 } from '../../log/base64.ts'
import { findLostRecords } from '../../log/find-lost-records.ts'
import type { StoredHead } from '../../log/lane-store.ts'
import type { ControlDuty } from './control-duty.ts'
import { givesUp } from './gives-up.ts'
import { agesOf, WitnessDuty } from './witness-duty.ts'
import { WitnessWatch } from './witness-watch.ts'

export interface WitnessParts {
  readonly database: Database
  readonly dataDir: string
  readonly heads: KeptHeads
  readonly snapshots: Snapshots
  readonly state: LocalStateFile
  /** Null: another process writes the control lane, and asks. */
  readonly control: ControlDuty | null
  readonly now: () => Instant
  readonly log: OperationsLog
  readonly metrics: Metrics
}

export interface Witnesses {
  readonly watch: WitnessWatch
  start(): Promise<void>
  /** Asks before it returns, where this process is to ask, and goes on asking. */
  ask(): Promise<void>
  /** Sets aside what this machine has kept, where two officers signed that the control lane goes on from this stored head. */
  setAside(stored: Pick<StoredHead, 'size' | 'root'>): Promise<void>
  stop(): Promise<void>
}

/** What a process has to do with witnesses: it watches their word, and asks for it where it writes the control lane. */
export function watchWitnesses(parts: WitnessParts): Witnesses {
  const { database, dataDir, heads, snapshots, state, control, now, log, metrics } = parts
  const memory = new WitnessMemory(dataDir)
  const watch = new WitnessWatch({ database, snapshots, memory, genesis: () => state.state.genesis, now, log })
  const source = logSource(database)
  const keptHead = () => heads.read(CONTROL_LANE)
  const duty = control && new WitnessDuty({ database, source, snapshots, watch, control, keptHead, now, log })
  metrics.gauge(
    'lienthong_uncosigned_seconds',
    'Seconds since enough witnesses had last cosigned the log; -1 without witnesses',
    () => watch.uncosignedSeconds(),
  )
  metrics.gauge(
    'lienthong_witness_conflicts',
    'Witnesses that hold another log, not recovered yet',
    () => watch.open.length,
  )
  metrics.labelled('lienthong_witness_age_seconds', 'Seconds since the newest word of a witness', 'witness', () =>
    agesOf(watch, now()),
  )
  return {
    watch,
    start: () => watch.start(),
    ask: async () => duty?.start(),
    async setAside({ size, root }) {
      const kept = new Map(heads.lanes().map(lane => [lane, heads.read(lane) ?? '']))
      const asideOf = (id: Digest): string => join(dataDir, `heads-before-${id.slice(0, 16)}`)
      const recovered = watch.recovered.find(
        ({ id, recovery }) =>
          givesUp(recovery, { size, root: encodeBase64(root) }, kept.get(CONTROL_LANE) ?? '') &&
          // Once: else whoever can put the database back could do it again whenever they liked.
          !existsSync(join(asideOf(id), CONTROL_LANE)),
      )
      if (!recovered) return
      const aside = asideOf(recovered.id)
      const lost = findLostRecords(kept, await listLanes(database)).map(({ lane }) => lane)
      // Of the history that was given up (kept-control.ts); it is read anew.
      rmSync(join(dataDir, 'control.json'), { force: true })
      // The control lane last: a crash before leaves all of this to be done again.
      for (const lane of [...lost.filter(name => name !== CONTROL_LANE), CONTROL_LANE])
        if (kept.has(lane)) heads.setAside(lane, aside)
      log.warn('the heads that this machine had kept are set aside: two officers recovered the log', {
        aside,
        lanes: lost,
      })
    },
    async stop() {
      await duty?.stop()
      await watch.stop()
    },
  }
}
