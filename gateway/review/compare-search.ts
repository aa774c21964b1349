import type { LaneName } from '../domain/gateway-id.ts'
import type { LeafRow } from '../log/verify-lane.ts'
import { columnsOf, type SearchColumns } from '../record/search-columns.ts'
import type { LogFinding } from './log-finding.ts'

/** Compares the search rows of some records with what their leaf bytes say. */
export function* compareSearch(
  lane: LaneName,
  rows: readonly LeafRow[],
  stored: ReadonlyMap<number, SearchColumns>,
  followed: number,
): Generator<LogFinding> {
  for (const row of rows) {
    if (!('leaf' in row)) continue
    const { index } = row
    const derived = columnsOf(row.leaf)
    const found = stored.get(index)
    if (!derived.ok) yield { lane, kind: 'not-a-record', index, detail: derived.error }
    else if (!found) {
      if (index < followed) yield { lane, kind: 'search-differs', index, detail: 'the search index lacks this record' }
    } else {
      const field = differing(derived.value, found)
      if (field) yield { lane, kind: 'search-differs', index, detail: `the search index has another ${field}` }
    }
  }
  const indexes = new Set(rows.map(({ index }) => index))
  for (const index of stored.keys())
    if (!indexes.has(index))
      yield { lane, kind: 'search-differs', index, detail: 'the search index has a record that the log lacks' }
}

function differing(derived: SearchColumns, stored: SearchColumns): string | null {
  for (const field of Object.keys(derived) as (keyof SearchColumns)[])
    if (derived[field] !== stored[field]) return field
  return null
}
