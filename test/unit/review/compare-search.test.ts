import { describe, expect, it } from '@jest/globals'
import { must } from '../../../gateway/domain/result.ts'
import { exchangeLeaf } from '../../../gateway/record/exchange-record.ts'
import { columnsOf, type SearchColumns } from '../../../gateway/record/search-columns.ts'
import { compareSearch } from '../../../gateway/review/compare-search.ts'
import { AT, LANE, whole, writer } from '../record/facts.ts'

const leaf = exchangeLeaf('response', AT, whole(), writer)
const columns = must(columnsOf(leaf))
const rows = [{ index: 7, leaf }]
const findings = (stored: ReadonlyMap<number, SearchColumns>, followed: number, of = rows) =>
  [...compareSearch(LANE, of, stored, followed)].map(({ kind, index, detail }) => [kind, index, detail])

describe('compareSearch', () => {
  it('finds nothing where the index says what the records say', () => {
    expect(findings(new Map([[7, columns]]), 8)).toEqual([])
  })

  it.each(Object.keys(columns) as (keyof SearchColumns)[])('finds another %s', field => {
    const changed = { ...columns, [field]: typeof columns[field] === 'number' ? columns[field] + 1 : 'another' }
    expect(findings(new Map([[7, changed]]), 8)).toEqual([
      ['search-differs', 7, `the search index has another ${field}`],
    ])
    expect(findings(new Map([[7, { ...columns, [field]: null }]]), 8)).toHaveLength(1)
  })

  it('misses a record that was followed, and waits for one that was not', () => {
    expect(findings(new Map(), 8)).toEqual([['search-differs', 7, 'the search index lacks this record']])
    expect(findings(new Map(), 7)).toEqual([])
  })

  it('finds a row without a record', () => {
    expect(
      findings(
        new Map([
          [7, columns],
          [8, columns],
        ]),
        9,
      ),
    ).toEqual([['search-differs', 8, 'the search index has a record that the log lacks']])
  })

  it('finds a leaf that is no record', () => {
    expect(findings(new Map(), 8, [{ index: 7, leaf: Buffer.from('x') }])).toEqual([['not-a-record', 7, 'not JSON']])
  })
})
