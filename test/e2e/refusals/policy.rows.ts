import { placesOf } from '../../support/refusals/find-text.ts'
import { CANARY, CATEGORIES, LIST, PURPOSE, type Row, search } from '../../support/refusals/row.ts'

const refused = { records: ['refusal'], forwarded: 'no' } as const
const on = (path: string, headers: Readonly<Record<string, string>> = PURPOSE) => ({ path, headers })
/** The one agreement that is named like its purpose. */
const under = (purpose: string) => on(LIST.path, { 'exchange-purpose': purpose })
const labelled = (label: string) => on(LIST.path, { ...PURPOSE, 'data-classification': label })

export const agreementRows: readonly Row[] = [
  { what: 'no purpose', call: on(LIST.path, {}), status: 400, code: 'purpose-missing', ...refused, documents: true },
  {
    what: 'a purpose of another agreement',
    call: under('identity-check'),
    status: 403,
    code: 'purpose-not-granted',
    ...refused,
    documents: true,
  },
  { what: 'an unknown purpose', call: under('curiosity'), status: 403, code: 'purpose-not-granted', ...refused },
  { what: 'a purpose that is none', call: under('Reference Data'), status: 400, code: 'header-invalid', ...refused },
  {
    what: 'a purpose with a citizen number in it',
    call: under('check-001203000001'),
    status: 400,
    code: 'header-invalid',
    ...refused,
  },
  {
    what: 'an expired agreement',
    call: under('expired'),
    status: 403,
    code: 'agreement-expired',
    ...refused,
    documents: true,
  },
  {
    what: 'an agreement that ended with the last minute',
    call: under('just-ended'),
    status: 403,
    code: 'agreement-expired',
    ...refused,
  },
  {
    what: 'an agreement that is not valid yet',
    call: under('early'),
    status: 403,
    code: 'agreement-not-yet-valid',
    ...refused,
    documents: true,
  },
  {
    what: 'a suspended agreement',
    call: under('suspended'),
    status: 403,
    code: 'agreement-suspended',
    ...refused,
    documents: true,
  },
  {
    what: 'a suspended service',
    call: on('/exchange/G99.10/stopped/v1/provinces'),
    status: 403,
    code: 'service-suspended',
    ...refused,
    documents: true,
  },
  {
    what: 'an agreement for emergencies, and none was declared',
    call: under('asleep'),
    status: 403,
    code: 'agreement-dormant',
    ...refused,
    documents: true,
  },
  {
    what: 'an agreement for emergencies whose activation ended with the last minute',
    call: under('asleep-again'),
    status: 403,
    code: 'agreement-dormant',
    ...refused,
  },
  {
    what: 'an agreement whose security confirmation is too old',
    call: under('unconfirmed'),
    status: 403,
    code: 'security-confirmation-expired',
    ...refused,
    documents: true,
  },
  {
    what: 'a service that is being maintained',
    call: on('/exchange/G99.10/maintained/v1/provinces'),
    status: 503,
    code: 'service-maintenance',
    ...refused,
    retryAfter: true,
    documents: true,
  },
  // Hours: both ends, in two zones. test/unit/policy holds the calendar itself.
  {
    what: 'hours that ended with the last minute, in Ho Chi Minh City',
    call: under('hours-ended'),
    status: 403,
    code: 'outside-hours',
    ...refused,
    documents: true,
  },
  {
    what: 'hours that begin in some minutes, in Ho Chi Minh City',
    call: under('hours-early'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'hours that ended with the last minute, in New York',
    call: under('hours-ended-far'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'hours that begin in some minutes, in New York',
    call: under('hours-early-far'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'the right hours on other days',
    call: under('hours-other-day'),
    status: 403,
    code: 'outside-hours',
    ...refused,
  },
  {
    what: 'what an agreement grants and a guardrail forbids',
    call: under('guarded'),
    status: 403,
    code: 'guardrail-forbids',
    detail: 'not-for-this',
    ...refused,
    documents: true,
  },
  {
    what: 'an agreement that demands a signature',
    call: under('signed'),
    status: 401,
    code: 'signature-missing',
    ...refused,
    documents: true,
  },
  {
    what: 'an agreement that demands an access token',
    call: under('tokened'),
    status: 401,
    code: 'token-missing',
    ...refused,
    documents: true,
  },
  {
    what: 'an access token for another agreement',
    async call(scene) {
      const issued = await scene.call({
        method: 'POST',
        path: '/oauth2/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&client_id=G99.21%2Frecords&scope=tokened-too',
      })
      const headers = { 'exchange-purpose': 'tokened', authorization: `Bearer ${String(issued.json?.access_token)}` }
      return {
        ...(await scene.call({ path: LIST.path, headers })),
        shown: `GET ${LIST.path} HTTP/1.1\nExchange-Purpose: tokened\nAuthorization: Bearer eyJhbGciOiJFUzI1NiIs...`,
      }
    },
    status: 401,
    code: 'token-invalid',
    detail: 'for-other-agreements',
    ...refused,
    documents: true,
  },
  {
    what: 'an access token that is none',
    call: on(LIST.path, { 'exchange-purpose': 'tokened', authorization: 'Bearer a' }),
    status: 401,
    code: 'token-invalid',
    detail: 'malformed',
    ...refused,
  },
]

export const labelRows: readonly Row[] = [
  {
    what: 'a label above the ceiling',
    call: labelled('restricted'),
    status: 403,
    code: 'classification-too-high',
    ...refused,
    documents: true,
  },
  {
    what: 'a label below that of the operation',
    call: labelled('public'),
    status: 403,
    code: 'classification-lowered',
    ...refused,
    documents: true,
  },
  { what: 'a label that is none', call: labelled('cosmic'), status: 400, code: 'header-invalid', ...refused },
  ...(['mat', 'toi-mat', 'tuyet-mat'] as const).map(
    (label): Row => ({
      what: `the state-secret label ${label}: nothing of the payload is stored anywhere`,
      async call(scene) {
        const answered = await scene.call(
          search(JSON.stringify({ nameContains: CANARY }), { 'data-classification': label }),
        )
        const places = await placesOf(scene.world, CANARY)
        if (places.length > 0) throw new Error(`the payload lies in ${places.join(', ')}`)
        return {
          ...answered,
          shown: `POST ${CATEGORIES}/provinces/search HTTP/1.1\nExchange-Purpose: reference-data\nData-Classification: ${label}`,
        }
      },
      status: 403,
      code: 'state-secret',
      ...refused,
      ...(label === 'mat' ? { documents: true as const } : {}),
    }),
  ),
]

/** `Exchange-Mode: check` is refused like the call itself would be. */
const checked = (path: string, headers: Readonly<Record<string, string>>) =>
  on(path, { ...headers, 'exchange-mode': 'check' })
export const checkModeRows: readonly Row[] = [
  { what: 'check mode: no purpose', call: checked(LIST.path, {}), status: 400, code: 'purpose-missing', ...refused },
  {
    what: 'check mode: an unknown operation',
    call: checked(`${CATEGORIES}/districts`, PURPOSE),
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  {
    what: 'check mode: an expired agreement',
    call: checked(LIST.path, { 'exchange-purpose': 'expired' }),
    status: 403,
    code: 'agreement-expired',
    ...refused,
  },
  {
    what: 'check mode: a parameter outside of its schema',
    call: checked(`${LIST.path}?page=0`, PURPOSE),
    status: 422,
    code: 'request-invalid',
    ...refused,
  },
]
