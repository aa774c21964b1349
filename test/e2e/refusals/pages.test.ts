import { describe, expect, it } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { catalogue, type ProblemCode } from '../../../gateway/problems/catalogue.ts'
import { checkFile, checkPage, indexPage, PAGES } from '../../support/refusals/problem-page.ts'
import { describedRows, strictJsonRows, wrappingRows } from './bodies.rows.ts'
import { certificateRows, revocationRows } from './certificates.rows.ts'
import { framingRows } from './framing.rows.ts'
import { withdrawalRows } from './on-the-way.rows.ts'
import { headerRows } from './headers.rows.ts'
import { limitRows } from './limits.rows.ts'
import { agreementRows, checkModeRows, labelRows } from './policy.rows.ts'
import { routeRows } from './routes.rows.ts'
import { signatureRows } from './signatures.rows.ts'
import { brokenRows, connectionRows, withheldRows } from './providers.rows.ts'

const table = [
  ...[...certificateRows, ...revocationRows],
  ...[...routeRows, ...agreementRows, ...labelRows, ...headerRows, ...limitRows, ...checkModeRows],
  ...signatureRows,
  ...[...strictJsonRows, ...describedRows, ...wrappingRows, ...framingRows],
  ...[...connectionRows, ...brokenRows, ...withheldRows],
  ...withdrawalRows,
]

/** Codes whose test is no row. It checks the page with what it got. */
const OWN_TESTS: readonly ProblemCode[] = [
  ...(['request-timeout', 'provider-paused', 'exchange-not-found', 'log-not-found'] as const),
  // office.test.ts
  ...(['officer-unknown', 'officer-disabled', 'officer-idle', 'not-entitled', 'not-found'] as const),
  ...(['precondition-required', 'change-stale', 'change-state', 'change-conflict', 'change-invalid'] as const),
  ...(['change-signature-invalid', 'idempotency-conflict'] as const),
  // office/sessions.test.ts, office/limits.test.ts
  ...(['session-required', 'origin-refused', 'sign-in-refused', 'officer-rate-exceeded'] as const),
]

/** Why a code has no example from the table. */
const WITHOUT_EXAMPLE: Partial<Record<ProblemCode, string>> = {
  'certificate-missing':
    'Nobody sees this one: the connection is closed before a byte of HTTP is spoken, and the log counts it (`test/e2e/refusals/certificates.test.ts`).',
  'system-rate-exceeded':
    'The cap is 20,000 calls a second: a test that reaches it would measure the machine. `test/unit/edge` and `test/unit/exchange` hold the step.',
  overloaded: 'It takes 512 MiB of bodies at once. The step is the same as that of `request-too-large`.',
  'audit-unavailable': 'It takes a database that stands still: `test/e2e/promise-durable.test.ts`.',
  'response-unrecorded': 'It takes a database that stands still: `test/e2e/promise-durable.test.ts`.',
  'alert-state': 'It takes an alert: `test/e2e/oversight.test.ts`.',
  'clock-unreliable': 'It takes a clock that was set wrongly: `test/e2e/clock.test.ts`.',
  'evidence-pending':
    'It takes a control lane that nobody writes for ten seconds: `test/unit/portal/pack.test.ts` holds the answer.',
  unwitnessed: 'It takes witnesses that stand still, or refuse: `test/e2e/witnesses.test.ts`.',
  'caller-gone':
    'There is nobody to answer. `test/e2e/refusals/on-the-way.test.ts` goes away at each step and looks at the records.',
  internal:
    'If we knew a call that leads here, we would mend it. A thrown value of any other kind becomes this code (`gateway/problems/fault.ts`).',
}

describe('the pages of docs/problems', () => {
  const codes = Object.keys(catalogue) as readonly ProblemCode[]

  it('every code of the catalogue has exactly one source of its page: a row, a test, or a reason', () => {
    const sources = (code: ProblemCode): number =>
      table.filter(row => row.documents && row.code === code).length +
      OWN_TESTS.filter(own => own === code).length +
      (WITHOUT_EXAMPLE[code] === undefined ? 0 : 1)
    expect(codes.filter(code => sources(code) !== 1)).toEqual([])
  })

  it.each(Object.entries(WITHOUT_EXAMPLE))('%s: says why there is no example', (code, reason) => {
    checkPage(code as ProblemCode, reason)
  })

  it('the index lists every code', () => checkFile('README.md', indexPage()))

  it('there is a page for every code, and none for another', () => {
    const pages = readdirSync(PAGES).filter(name => name !== 'README.md')
    expect(pages.sort()).toEqual(codes.map(code => `${code}.md`).sort())
  })

  it('no two rows are called the same', () => {
    const names = table.map(({ what }) => what)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })
})
