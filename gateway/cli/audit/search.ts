import { Command, InvalidArgumentError } from 'commander'
import { parseExchangeId } from '../../domain/exchange-id.ts'
import { formatInstant, parseInstant } from '../../domain/instant.ts'
import type { Result } from '../../domain/result.ts'
import { parseServiceId } from '../../domain/service-id.ts'
import { parseUnitCode } from '../../domain/unit-code.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readLeaves } from '../../edge/postgres/lane-reads.ts'
import { noteRead } from '../../edge/postgres/officer-events.ts'
import { type FoundRecord, searchRecords } from '../../edge/postgres/search-records.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'

type Filter = Parameters<typeof searchRecords>[1]

interface Flags extends Filter {
  readonly exchange?: NonNullable<Filter['exchangeId']>
  readonly limit: number
  readonly cursor?: string
  readonly full?: true
  readonly json?: true
}

export const searchCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('search')
    .description('Finds records, the newest first')
    .option('--from <time>', 'from this time, 2026-01-01T00:00:00+07:00', reading(parseInstant))
    .option('--to <time>', 'before this time', reading(parseInstant))
    .option('--unit <code>', 'of this unit or one below it, as consumer or provider', reading(parseUnitCode))
    .option('--service <id>', 'of this service, G99.10/categories/v1', reading(parseServiceId))
    .option('--decision <decision>', 'permit or refuse')
    .option('--code <code>', 'with this problem code')
    .option('--kind <kind>', 'request, response, refusal, fault, undelivered …')
    .option('--exchange <id>', 'of this exchange', reading(parseExchangeId))
    .option('--limit <number>', 'at most this many', positive, 50)
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--full', 'show the whole of each record')
    .option('--json', 'print the result as JSON')
    .action(async ({ exchange, limit, cursor, full, json, ...rest }: Flags) => {
      const filter = { ...rest, ...(exchange === undefined ? {} : { exchangeId: exchange }) }
      const { page, leaves } = await withStore(readSettings(environment), async database => {
        await noteRead(database, describeSearch({ ...filter, full }))
        const found = await searchRecords(database, filter, limit, cursor ?? null)
        return { page: found, leaves: full && found.ok ? await leavesOf(database, found.value.records) : [] }
      })
      if (!page.ok) throw new Misuse(`--cursor: ${page.error}`)
      const { records, cursor: next } = page.value
      if (json)
        console.log(
          JSON.stringify({
            records: records.map((record, i) => ({
              ...record,
              at: formatInstant(record.at),
              ...(full ? { record: JSON.parse(leaves[i] ?? 'null') as unknown } : {}),
            })),
            cursor: next,
          }),
        )
      else print(records, leaves, next)
      process.exitCode = EXIT.good
    })

function reading<T>(parse: (text: string) => Result<T>): (text: string) => T {
  return text => {
    const read = parse(text)
    if (read.ok) return read.value
    throw new InvalidArgumentError(read.error)
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 1000) throw new InvalidArgumentError('a number from 1 to 1000')
  return value
}

/** What the control lane says of it: `search code=not-permitted from=2026-…`. Whoever cannot note it does not read. */
const describeSearch = ({ from, to, ...rest }: Filter & { readonly full: true | undefined }): string =>
  [
    'search',
    ...Object.entries({ ...rest, ...(from && { from: formatInstant(from) }), ...(to && { to: formatInstant(to) }) }),
  ]
    .map(part => (typeof part === 'string' ? part : part[1] === undefined ? '' : part.join('=')))
    .filter(Boolean)
    .join(' ')

/** The stored text of each record, as it was hashed. */
const leavesOf = (database: Database, records: readonly FoundRecord[]): Promise<readonly string[]> =>
  Promise.all(
    records.map(async ({ lane, index }) => {
      const [leaf] = await readLeaves(database, lane, index, index + 1)
      return Buffer.from(leaf ?? []).toString('utf8')
    }),
  )

function print(records: readonly FoundRecord[], leaves: readonly string[], cursor: string | null): void {
  for (const [i, record] of records.entries()) {
    const what = [record.service, record.operation].filter(Boolean).join(' ')
    const outcome = record.code ?? record.decision ?? ''
    console.log(
      [
        formatInstant(record.at),
        record.kind.padEnd(11),
        record.consumer ?? '-',
        what || '-',
        outcome,
        record.exchangeId ?? '',
        `${record.lane}/${record.index}`,
      ].join('  '),
    )
    const leaf = leaves[i]
    if (leaf !== undefined) console.log(`  ${leaf}`)
  }
  console.log(
    records.length === 0
      ? 'no records match'
      : cursor === null
        ? counted(records.length)
        : `${counted(records.length)}; --cursor ${cursor} shows more`,
  )
}

const counted = (records: number): string => (records === 1 ? '1 record' : `${records} records`)
