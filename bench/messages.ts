/** The exchange that is measured: a case file of 18 members, 1 KiB there and 1 KiB back. Nobody in it exists. */

const BODY_BYTES = 1024

const CASE = {
  caseId: '0191d8a2-7c1e-7b3a-9f00-3b6f2c9d1e55',
  caseNumber: 'HS-2026-004217',
  unit: 'G99.21',
  kind: 'transfer',
  status: 'open',
  priority: 3,
  openedAt: '2026-11-03T08:15:00+07:00',
  dueOn: '2026-12-31',
  applicant: {
    citizenNumber: '001299000123',
    familyName: 'Nguyễn',
    givenName: 'Thị Minh Hạnh',
    bornOn: '1999-04-12',
    address: { province: '01', commune: '00004', street: 'Số 12, ngõ 34, phố Hàng Bài' },
  },
  documents: [
    {
      title: 'Quyết định số 123/QĐ',
      pages: 4,
      digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    },
    {
      title: 'Biên bản bàn giao',
      pages: 12,
      digest: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4ed3a8cf4dd4ba1e3f2d',
    },
  ],
  remarks: '',
} as const

/** JSON of exactly `BODY_BYTES`, filled up in its remarks. */
function fill(value: object): string {
  const left = BODY_BYTES - Buffer.byteLength(JSON.stringify(value))
  if (left < 1) throw new RangeError(`the example is ${-left + 1} bytes too long`)
  return JSON.stringify({ ...value, remarks: 'x'.repeat(left) })
}

export const REQUEST_BODY = fill(CASE)
export const ANSWER_BODY = fill({ ...CASE, status: 'received', priority: 2 })

export const CONSUMER = 'G99.21.records'
const SERVICE_PATH = '/exchange/G99.10/bench/v1'

const head = (lines: readonly string[]): string => [...lines, '', ''].join('\r\n')

/** Whole requests, ready to be written. */
export const REQUESTS = {
  post: Buffer.from(
    head([
      `POST ${SERVICE_PATH}/cases HTTP/1.1`,
      'Host: localhost',
      'Accept: application/json',
      'Content-Type: application/json',
      `Content-Length: ${BODY_BYTES}`,
      'Exchange-Purpose: bench',
    ]) + REQUEST_BODY,
  ),
  get: Buffer.from(
    head([
      `GET ${SERVICE_PATH}/cases/${CASE.caseId}?detail=full HTTP/1.1`,
      'Host: localhost',
      'Accept: application/json',
      'Exchange-Purpose: bench',
    ]),
  ),
  /** What nginx answers by itself: how fast the load generator is when nothing holds it up. */
  ceiling: Buffer.from(head(['GET /answer HTTP/1.1', 'Host: localhost'])),
} as const

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength })
const pattern = (expression: string, maxLength: number) => ({ type: 'string', maxLength, pattern: expression })
const closed = (properties: Record<string, unknown>) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
})

const CASE_SCHEMA = closed({
  caseId: { type: 'string', format: 'uuid' },
  caseNumber: pattern('^HS-[0-9]{4}-[0-9]{6}$', 14),
  unit: pattern('^[A-Y][0-9]{2}(?:\\.[0-9A-Z]{1,3})*$', 35),
  kind: { type: 'string', enum: ['deposit', 'transfer', 'destruction'] },
  status: { type: 'string', enum: ['open', 'received', 'closed'] },
  priority: { type: 'integer', minimum: 1, maximum: 5 },
  openedAt: { type: 'string', format: 'date-time' },
  dueOn: { type: 'string', format: 'date' },
  applicant: closed({
    citizenNumber: pattern('^[0-9]{12}$', 12),
    familyName: text(60),
    givenName: text(120),
    bornOn: { type: 'string', format: 'date' },
    address: closed({ province: pattern('^[0-9]{2}$', 2), commune: pattern('^[0-9]{5}$', 5), street: text(300) }),
  }),
  documents: {
    type: 'array',
    maxItems: 20,
    items: closed({
      title: text(500),
      pages: { type: 'integer', minimum: 1, maximum: 10_000 },
      digest: pattern('^[0-9a-f]{64}$', 64),
    }),
  },
  remarks: { type: 'string', maxLength: 2000 },
})

const json = (schema: unknown) => ({ 'application/json': { schema } })
const REF = { $ref: '#/components/schemas/Case' }
const ANSWER = { 200: { description: 'The case', content: json(REF) } }

export const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'Case files of the benchmark', version: '1.0.0' },
  paths: {
    '/cases': {
      post: {
        operationId: 'fileCase',
        summary: 'File a case',
        'x-summary-vi': 'Nộp hồ sơ',
        'x-classification': 'internal',
        requestBody: { required: true, content: json(REF) },
        responses: ANSWER,
      },
    },
    '/cases/{id}': {
      get: {
        operationId: 'getCase',
        summary: 'Get a case',
        'x-summary-vi': 'Lấy hồ sơ',
        'x-classification': 'internal',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
          { name: 'detail', in: 'query', schema: { type: 'string', enum: ['short', 'full'] } },
        ],
        responses: ANSWER,
      },
    },
  },
  components: { schemas: { Case: CASE_SCHEMA } },
}
