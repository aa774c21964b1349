import type { ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { placesOf } from '../../support/refusals/find-text.ts'
import { CANARY, LIST, PURPOSE, type Row } from '../../support/refusals/row.ts'
import { type Answer, json } from '../../support/world/test-provider.ts'

export const GOOD = { items: [{ code: '01', name: 'Thành phố Hà Nội' }], page: 1, pageSize: 50, total: 1 }
const tainted = { ...GOOD, items: [{ code: '01', name: CANARY }] }

/** The categories of another provider: `test/support/refusals/additions.ts`. */
const at = (provider: string) => ({ path: `/exchange/G99.10/${provider}/v1/provinces`, headers: PURPOSE })

const notReached = { status: 502, records: ['request', 'fault'], forwarded: 'no' } as const
const broke = { call: LIST, records: ['request', 'fault'], forwarded: 'yes' } as const
const withheld = {
  call: LIST,
  status: 502,
  code: 'response-invalid',
  records: ['request', 'refusal'],
  forwarded: 'yes',
} as const

export const connectionRows: readonly Row[] = [
  { what: 'a provider that is down', call: at('down'), code: 'provider-unreachable', ...notReached, documents: true },
  { what: 'a provider whose name nobody knows', call: at('nowhere'), code: 'provider-unreachable', ...notReached },
  {
    what: 'a provider that accepts and never shakes hands',
    call: at('mute'),
    code: 'provider-unreachable',
    ...notReached,
  },
  {
    what: 'a provider with a certificate of a foreign authority',
    call: at('foreign'),
    code: 'provider-untrusted',
    ...notReached,
  },
  { what: 'a provider with an expired certificate', call: at('expired'), code: 'provider-untrusted', ...notReached },
  {
    what: 'a provider with a certificate for clients only',
    call: at('client-only'),
    code: 'provider-untrusted',
    ...notReached,
  },
  {
    what: 'a provider with a good certificate and a key that nobody registered',
    call: at('unbound'),
    code: 'provider-untrusted',
    ...notReached,
    documents: true,
  },
  { what: "a provider with another system's key", call: at('impostor'), code: 'provider-untrusted', ...notReached },
  { what: 'a provider that speaks HTTP without TLS', call: at('plain'), code: 'provider-untrusted', ...notReached },
]

const raw =
  (text: string, then: (socket: TLSSocket) => void = () => undefined): Answer =>
  (_seen, request) => {
    const socket = request.socket as TLSSocket
    socket.write(text, () => then(socket))
  }
const close = (socket: TLSSocket): void => void socket.end()
/** The provider's HTTP server knows nothing of what was written past it: the connection can serve no other request. */
const headed = (body: string, headers: readonly string[], status = '200 OK'): string =>
  [`HTTP/1.1 ${status}`, 'Content-Type: application/json', 'Connection: close', ...headers, '', body].join('\r\n')
const withHeaders =
  (headers: Readonly<Record<string, string>>, value: unknown = tainted): Answer =>
  (_seen, _request, response) =>
    void send(response, headers, value)
const send = (response: ServerResponse, headers: Readonly<Record<string, string>>, value: unknown): unknown =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
const text = JSON.stringify(tainted)
const length = Buffer.byteLength(text)

export const brokenRows: readonly Row[] = [
  {
    what: 'a provider that is slower than the deadline',
    answer: () => undefined,
    status: 504,
    code: 'provider-timeout',
    ...broke,
    documents: true,
  },
  {
    what: 'a provider that dribbles beyond the deadline',
    answer: dribble,
    status: 504,
    code: 'provider-timeout',
    ...broke,
  },
  {
    what: 'a provider that closes before its answer',
    answer: (_seen, request) => void request.socket.end(),
    status: 502,
    code: 'provider-failed',
    ...broke,
    documents: true,
  },
  {
    what: 'a provider that resets',
    answer: (_seen, request) => void (request.socket as TLSSocket).destroy(),
    status: 502,
    code: 'provider-failed',
    ...broke,
  },
  {
    what: 'a provider that closes in its headers',
    answer: raw('HTTP/1.1 200 OK\r\nContent-Ty', close),
    status: 502,
    code: 'provider-failed',
    ...broke,
  },
  {
    what: 'an answer shorter than its length',
    answer: raw(headed(text, [`Content-Length: ${length + 10}`]), close),
    status: 502,
    code: 'provider-failed',
    ...broke,
  },
  {
    what: 'chunks that end too early',
    answer: raw(headed(`${length.toString(16)}\r\n${text}\r\n`, ['Transfer-Encoding: chunked']), close),
    status: 502,
    code: 'provider-failed',
    ...broke,
  },
  {
    what: 'an answer that is no HTTP',
    answer: raw(`${CANARY}\r\n\r\n`),
    status: 502,
    code: 'provider-failed',
    ...broke,
  },
  {
    what: 'an answer with Content-Length and Transfer-Encoding',
    answer: raw(headed(`0\r\n\r\n`, ['Content-Length: 5', 'Transfer-Encoding: chunked'])),
    status: 502,
    code: 'provider-failed',
    ...broke,
  },
]

function dribble(...[, , response]: Parameters<Answer>): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 100)
  response.once('close', () => clearInterval(timer))
}

export const withheldRows: readonly Row[] = [
  {
    what: 'an answer with an undescribed field',
    answer: json(200, { ...tainted, secret: CANARY }),
    detail: 'schema:additionalProperties',
    ...withheld,
    documents: true,
  },
  { what: 'an answer without a field', answer: json(200, { items: [] }), detail: 'schema:required', ...withheld },
  {
    what: 'an answer in HTML',
    answer: (_seen, _request, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${CANARY}</p>`),
    detail: 'media-type-not-described',
    ...withheld,
  },
  {
    what: 'an answer without media type',
    answer: raw(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${text}`),
    detail: 'media-type-unreadable',
    ...withheld,
  },
  { what: 'an undescribed status', answer: json(418, tainted), detail: 'status-not-described', ...withheld },
  {
    what: 'an error of the provider that nobody described',
    answer: json(500, { code: 'broken', message: CANARY }),
    detail: 'status-not-described',
    ...withheld,
  },
  {
    what: 'a described error with another body',
    answer: json(400, { stack: CANARY }),
    detail: 'schema:required',
    ...withheld,
  },
  {
    what: 'a redirect, which is not followed',
    answer: (_seen, _request, response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
    detail: 'status-not-described',
    ...withheld,
  },
  {
    what: 'no body where one is described',
    answer: (_seen, _request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
    detail: 'body-missing',
    ...withheld,
  },
  {
    what: 'an answer in broken JSON',
    answer: raw(headed('{"items":', ['Content-Length: 9'])),
    detail: 'json:syntax',
    ...withheld,
  },
  {
    what: 'an answer with duplicate keys',
    answer: raw(headed('{"total":1,"total":2}', ['Content-Length: 21'])),
    detail: 'json:duplicate-key',
    ...withheld,
  },
  {
    what: 'a body longer than its length says',
    answer: raw(headed(text, ['Content-Length: 9'])),
    detail: 'json:syntax',
    ...withheld,
  },
  {
    what: 'a body that says it is larger than the operation allows',
    answer: raw(headed('', ['Content-Length: 999999999'])),
    detail: 'too-large',
    ...withheld,
  },
  { what: 'a body that grows larger than the operation allows', answer: grow, detail: 'too-large', ...withheld },
  {
    what: 'an answer with Content-Encoding',
    answer: withHeaders({ 'content-encoding': 'gzip' }),
    detail: 'content-encoding',
    ...withheld,
  },
  {
    what: 'an answer with two media types',
    answer: raw(headed(text, ['Content-Type: text/html', `Content-Length: ${length}`])),
    detail: 'media-type-unreadable',
    ...withheld,
  },
  {
    what: 'an answer labelled above the ceiling',
    answer: withHeaders({ 'data-classification': 'restricted' }),
    detail: 'label-too-high',
    ...withheld,
  },
  {
    what: 'an answer with a label that is none',
    answer: withHeaders({ 'data-classification': 'cosmic' }),
    detail: 'label-unreadable',
    ...withheld,
  },
  {
    what: 'an answer with two labels',
    answer: raw(
      headed(text, ['Data-Classification: internal', 'Data-Classification: mat', `Content-Length: ${length}`]),
    ),
    detail: 'label-unreadable',
    ...withheld,
  },
  ...(['mat', 'toi-mat', 'tuyet-mat'] as const).map(
    (label): Row => ({
      what: `an answer with the state-secret label ${label}: nothing of it is stored anywhere`,
      answer: withHeaders({ 'data-classification': label }),
      async call(scene) {
        const answered = await scene.call(LIST)
        const places = await placesOf(scene.world, CANARY)
        if (places.length > 0) throw new Error(`the answer lies in ${places.join(', ')}`)
        return answered
      },
      status: 403,
      code: 'state-secret',
      detail: 'label-state-secret',
      records: ['request', 'refusal'],
      forwarded: 'yes',
    }),
  ),
]

/** 11 MiB of spaces are JSON, and more than the 10 MiB of an operation that says nothing. */
function grow(...[, , response]: Parameters<Answer>): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.on('error', () => undefined)
  for (let mebibyte = 0; mebibyte < 11; mebibyte++) response.write(Buffer.alloc(1024 * 1024, ' '))
  response.end(JSON.stringify(GOOD))
}
