import { describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** How many rows each family has: TR-1 to TR-6, and so on. */
const FAMILIES = {
  TR: 6,
  ID: 5,
  AZ: 4,
  SD: 3,
  PV: 4,
  CL: 3,
  PD: 5,
  AU: 3,
  AI: 6,
  AR: 2,
  RV: 3,
  TM: 1,
  AV: 4,
  KM: 3,
  AD: 2,
  ER: 1,
  RL: 1,
  SU: 1,
  DQ: 1,
  CA: 2,
  IC: 1,
} as const

const IDS = Object.entries(FAMILIES).flatMap(([family, rows]) =>
  Array.from({ length: rows }, (_, n) => `${family}-${n + 1}`),
)

interface Row {
  readonly id: string
  readonly requirement: string
  readonly state: string
  readonly tests: readonly string[]
  readonly open: string
}

/** What is wrong with a table of requirements, in words. */
function findFaults(text: string, exists: (path: string) => boolean): readonly string[] {
  const rows = readRows(text)
  const ids = rows.map(({ id }) => id)
  return [
    ...IDS.filter(id => !ids.includes(id)).map(id => `${id} is missing`),
    ...ids.filter(id => !IDS.includes(id)).map(id => `${id} is no requirement`),
    ...ids.filter((id, n) => ids.indexOf(id) !== n).map(id => `${id} comes twice`),
    ...rows.flatMap(row => faultsOf(row, exists)),
  ]
}

function faultsOf({ id, requirement, state, tests, open }: Row, exists: (path: string) => boolean): readonly string[] {
  const faults: string[] = []
  if (requirement === '') faults.push(`${id} says nothing`)
  if (!['proven', 'partly', 'open'].includes(state)) faults.push(`${id} has no state`)
  if (state !== 'open' && tests.length === 0) faults.push(`${id} is ${state} without a test`)
  if (state === 'open' && tests.length > 0) faults.push(`${id} is open and has tests`)
  if (state !== 'proven' && open.length < 10) faults.push(`${id} does not say what is open`)
  if (state === 'proven' && open !== '') faults.push(`${id} is proven and open`)
  for (const path of tests) {
    if (!/^test\/.+\.test\.ts$/.test(path)) faults.push(`${id}: ${path} is no test file`)
    else if (!exists(path)) faults.push(`${id}: ${path} does not exist`)
  }
  return faults
}

function readRows(text: string): readonly Row[] {
  return [...text.matchAll(/^\| ([A-Z]+-\d+) \|(.*)\|$/gm)].map(([, id = '', rest = '']) => {
    const [requirement = '', state = '', tests = '', open = ''] = rest.split('|').map(cell => cell.trim())
    const paths = [...tests.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path)
    return { id, requirement, state, tests: paths, open }
  })
}

describe('docs/requirements.md', () => {
  const text = readFileSync(join(ROOT, 'docs/requirements.md'), 'utf8')

  it('has every row, each with its tests or with what is open', () => {
    expect(findFaults(text, path => existsSync(join(ROOT, path)))).toEqual([])
  })

  it('counts right', () => {
    const rows = readRows(text)
    const count = (state: string): number => rows.filter(row => row.state === state).length
    expect(text).toContain(
      `${rows.length} rows: ${count('proven')} proven, ${count('partly')} partly, ${count('open')} open.`,
    )
  })

  it.each([
    ['a row that is missing', (whole: string) => whole.replace(/^\| TR-3 .*\n/m, ''), /^TR-3 is missing/],
    ['a row of another name', (whole: string) => whole.replace('| TR-3 |', '| TR-99 |'), /^TR-99 is no requirement/],
    [
      'a state that is none',
      (whole: string) => whole.replace(/^(\| CA-2 \|.*?\|) proven/m, '$1 good'),
      /^CA-2 has no state/,
    ],
    [
      'proof without a test',
      (whole: string) => whole.replace(/^(\| CA-2 \|.*?\| proven \|).*$/m, '$1  |  |'),
      /^CA-2 is proven without/,
    ],
    [
      'a test that does not exist',
      (whole: string) => whole.replace(/^(\| CA-2 \|.*?\(\.\.\/test\/e2e\/)promise/m, '$1premise'),
      /^CA-2: .* does not exist/,
    ],
    [
      'an open row without a reason',
      (whole: string) => whole.replace(/^(\| TR-5 \|.*?\| open \|).*$/m, '$1  |  |'),
      /^TR-5 does not say/,
    ],
  ])('planted: %s', (_what, plant, fault) => {
    const planted = plant(text)
    expect(planted).not.toBe(text)
    const faults = findFaults(planted, path => !path.includes('premise') && existsSync(join(ROOT, path)))
    expect(faults).toContainEqual(expect.stringMatching(fault))
  })
})
