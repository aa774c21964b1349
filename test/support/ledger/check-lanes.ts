import type { LedgerFinding } from './ledger.ts'
import { type LoggedRecord, query } from './read-log.ts'

/** A lane's row. */
export interface LaneRow {
  readonly name: string
  readonly kind: string
  readonly state: string
  readonly size: number
  /** Hex. */
  readonly root: string
}

export function readLanes(adminUrl: string): Promise<readonly LaneRow[]> {
  return query(adminUrl, async client => {
    const text = "SELECT name, kind, state, size::int, encode(root, 'hex') AS root FROM lane ORDER BY id"
    return (await client.query<LaneRow>(text)).rows
  })
}

/**
 * What has to hold once every process has ended: each lane was opened at most once and sealed exactly once, at its stored head, and
 * the seal comes behind one `unresolved` for each request that the lane left open.
 */
export function checkLanes(lanes: readonly LaneRow[], log: readonly LoggedRecord[]): readonly LedgerFinding[] {
  const control = log.filter(record => record.kind === 'lane' || record.kind === 'unresolved')
  return lanes.flatMap(lane => {
    const findings: LedgerFinding[] = []
    const find = (promise: string): void => void findings.push({ promise, exchange: lane.name })
    const records = log.filter(record => record.lane === lane.name)
    if (records.length !== lane.size) find(`${records.length} records are stored, the head says ${lane.size}`)
    if (records.some(({ index }, place) => index !== place)) find('a gap in the lane')
    if (lane.kind === 'control') return findings

    if (lane.state !== 'sealed') find(`a lane that is ${lane.state}`)
    const opened = control.filter(({ fields }) => fields.opened === lane.name).length
    if (opened > 1 || (opened === 0 && lane.size > 0)) find(`a lane that was opened ${opened} times`)
    const seals = control.filter(({ fields }) => fields.event === 'sealed' && headIn(fields).lane === lane.name)
    const [seal] = seals
    if (seals.length !== 1 || !seal) find(`a lane that was sealed ${seals.length} times`)
    else {
      const { size, root } = headIn(seal.fields)
      if (size !== lane.size || root !== lane.root) find('sealed at another head')
      if (seal.fields.why !== 'ended') find(`sealed as ${String(seal.fields.why)}`)
    }
    const unresolved = control.filter(({ kind, fields }) => kind === 'unresolved' && fields.inLane === lane.name)
    const named = unresolved.map(({ exchange }) => exchange).sort()
    const left = openIn(records)
    if (named.join() !== left.join()) find(`left ${left.length} open, and ${named.length} are recorded as unresolved`)
    if (seal && seal.fields.unresolved !== left.length) find(`the seal tells of ${String(seal.fields.unresolved)} open`)
    if (seal && unresolved.some(({ index }) => index > seal.index)) find('an unresolved record behind the seal')
    return findings
  })
}

/** Exchanges whose last word is not in their lane, sorted. */
function openIn(records: readonly LoggedRecord[]): readonly (string | null)[] {
  const closed = new Set(records.filter(({ kind }) => kind !== 'request').map(({ exchange }) => exchange))
  const asked = records.filter(({ kind, fields }) => kind === 'request' && fields.mode !== 'check')
  return [...new Set(asked.map(({ exchange }) => exchange))].filter(exchange => !closed.has(exchange)).sort()
}

function headIn(fields: LoggedRecord['fields']): { lane?: unknown; size?: unknown; root?: unknown } {
  return fields.head ?? {}
}
