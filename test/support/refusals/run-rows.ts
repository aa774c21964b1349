import { expect, it } from '@jest/globals'
import { checkPage, exampleOf } from './problem-page.ts'
import { CANARY, type Outcome, type Row } from './row.ts'
import { eventually, type Scene } from './scene.ts'

/** One test a row: what the caller gets, what is recorded, what has crossed; and the page that shows it. */
export function runRows(scene: () => Scene, rows: readonly Row[]): void {
  it.each(rows.map(row => [titleOf(row), row] as const))('%s', async (_title, row) => {
    const { world } = scene()
    const seen = world.provider.seen.length
    const counted = await scene().refusedConnections(row.code)
    if (row.answer) world.provider.answer = row.answer

    const outcome = typeof row.call === 'function' ? await row.call(scene()) : await scene().call(row.call, row.system)

    expect({
      status: outcome.status,
      code: outcome.json?.code,
      header: outcome.headers['exchange-problem'],
      closes: outcome.headers.connection === 'close',
    }).toEqual({
      status: row.status,
      code: row.code,
      header: row.code,
      closes: row.closes ?? outcome.headers.connection === 'close',
    })
    expect(outcome.headers['content-type']).toBe('application/problem+json')
    expect(outcome.text).not.toContain(CANARY)
    expect(Number(outcome.headers['retry-after'] ?? 0) > 0).toBe(row.retryAfter ?? false)
    expect(world.provider.seen.length - seen).toBe(row.forwarded === 'yes' ? 1 : 0)
    await checkRecords(scene(), row, outcome, counted)
    if (row.documents) checkPage(row.code, { what: row.what, text: exampleOf(row, outcome) })
  })
}

const titleOf = ({ what, status, code, records, forwarded }: Row): string =>
  `${what}: ${status} ${code}; ${typeof records === 'string' ? records : records.join(', ')}; forwarded: ${forwarded}`

async function checkRecords(scene: Scene, row: Row, outcome: Outcome, counted: number): Promise<void> {
  const { records } = row
  if (typeof records === 'string') {
    expect(outcome.headers).not.toHaveProperty('exchange-id')
    expect(await scene.refusedConnections(row.code)).toBe(counted + 1)
    if (records === 'counted only') return
    const isIt = (times: number): boolean => times >= counted + 1
    await eventually(() => failuresCounted(scene, row.code), isIt)
    if (row.detail !== undefined) expect(await reasonsCounted(scene, row.code)).toContain(row.detail)
    return
  }
  const found = await scene.recordsOf(String(outcome.headers['exchange-id']))
  expect(found.map(({ kind }) => kind)).toEqual(records)
  const last = found.at(-1)
  expect(last?.fields).toMatchObject({ problem: row.code, ...(row.detail === undefined ? {} : { detail: row.detail }) })
  expect(outcome.json?.exchangeId).toBe(last?.exchange)
  expect(outcome.headers).toHaveProperty('exchange-receipt')
  expect(Buffer.concat(found.map(({ leaf }) => leaf)).toString('latin1')).not.toContain(CANARY)
}

/** Of all counted records together: those of one second and one source are one. */
async function failuresCounted(scene: Scene, problem: string): Promise<number> {
  return (await scene.records())
    .filter(({ kind, fields }) => kind === 'tls-failure' && fields.problem === problem)
    .reduce((times, { fields }) => times + Number(fields.times), 0)
}

const reasonsCounted = async (scene: Scene, problem: string): Promise<readonly unknown[]> =>
  (await scene.records())
    .filter(({ kind, fields }) => kind === 'tls-failure' && fields.problem === problem)
    .map(({ fields }) => fields.detail)
