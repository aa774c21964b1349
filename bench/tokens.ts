/** `npm run bench:build && node var/bench/bench/tokens.js`: what a token check and an assertion cost. Microseconds, median of rounds. */
import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import { bindingOf } from '../gateway/domain/binding.ts'
import { digestOf } from '../gateway/domain/digest.ts'
import { parseExchangeId } from '../gateway/domain/exchange-id.ts'
import { instantOfMillis } from '../gateway/domain/instant.ts'
import { parseAgreementId, parsePurpose } from '../gateway/domain/purpose.ts'
import { must } from '../gateway/domain/result.ts'
import { revisionNumber } from '../gateway/domain/revision-number.ts'
import { parseSystemId } from '../gateway/domain/system-id.ts'
import type { GatewayKey, GatewayKeys, KeyUse } from '../gateway/identity/signing-keys.ts'
import { TokenChecker } from '../gateway/identity/tokens/check-token.ts'
import { issueAssertion } from '../gateway/identity/tokens/issue-assertion.ts'
import { issueToken } from '../gateway/identity/tokens/issue-token.ts'
import { round, table } from './print.ts'

const ISSUER = 'https://localhost:8443'
const ROUNDS = 9
const TOKENS = 500
const CACHED_CALLS = 20_000

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const key = (use: KeyUse): GatewayKey => ({
  use,
  id: bindingOf(publicKey.export({ type: 'spki', format: 'der' })),
  algorithm: 'ES256',
  publicKey,
  place: 'file',
  since: instantOfMillis(0),
  sign: data => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
})
const current = key('tokens')
const keys: GatewayKeys = { current: () => current, published: () => [current] }

const at = instantOfMillis(Date.now())
const system = must(parseSystemId('G99.21/records'))
const agreement = must(parseAgreementId('records-categories'))
const certificate = digestOf('certificate')
const bearer = { system, certificate, agreement }
const request = {
  exchange: must(parseExchangeId('01936b7e-4a2c-7def-8123-456789abcdef')),
  provider: must(parseSystemId('G99.10/data-centre')),
  consumer: system,
  method: 'POST',
  target: '/identity/v1/verifications',
  body: randomBytes(1024),
  agreement,
  purpose: must(parsePurpose('identity-check')),
  at,
}

const issue = (): Promise<string> =>
  issueToken(
    {
      issuer: ISSUER,
      client: system,
      certificate,
      agreements: [agreement],
      revision: must(revisionNumber(1)),
      id: randomUUID(),
      at,
    },
    current,
  )

/** Microseconds a call. */
async function timed(calls: number, run: (i: number) => unknown): Promise<number> {
  const begun = process.hrtime.bigint()
  for (let i = 0; i < calls; i++) await run(i)
  return Number(process.hrtime.bigint() - begun) / 1000 / calls
}

function good(checker: TokenChecker, token: string): void {
  if (!checker.check(token, bearer, at).ok) throw new Error('a good token was refused')
}

const costs = { issued: [] as number[], first: [] as number[], again: [] as number[], assertion: [] as number[] }
for (let n = 0; n < ROUNDS; n++) {
  const tokens: string[] = []
  costs.issued.push(await timed(TOKENS, async () => tokens.push(await issue())))
  const checker = new TokenChecker(() => ISSUER, keys)
  costs.first.push(await timed(TOKENS, i => good(checker, tokens[i] ?? '')))
  costs.again.push(await timed(CACHED_CALLS, i => good(checker, tokens[i % TOKENS] ?? '')))
  costs.assertion.push(await timed(TOKENS, () => issueAssertion(request, ISSUER, current)))
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
console.log(
  table(
    ['what', 'µs'],
    [
      ['issue a token', round(median(costs.issued), 1)],
      ['check a token for the first time', round(median(costs.first), 1)],
      ['check a token that was found good before', round(median(costs.again), 2)],
      ['sign an assertion (1 KiB body)', round(median(costs.assertion), 1)],
    ],
  ),
)
