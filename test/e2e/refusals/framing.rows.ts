import { CATEGORIES, LIST, type Row } from '../../support/refusals/row.ts'

const POST = `POST ${CATEGORIES}/provinces/search HTTP/1.1\r\n`
const GET = `GET ${LIST.path} HTTP/1.1\r\n`
const HOST = 'Host: localhost\r\n'
const REST = 'Exchange-Purpose: reference-data\r\nContent-Type: application/json\r\n'
const BODY = '{"codes":["01"]}'

/** Bytes in which two readers could see different requests (RFC 9112 section 11.2). Not a record: nobody may fill the log so. */
const texts: readonly (readonly [what: string, bytes: string])[] = [
  [
    'Content-Length and Transfer-Encoding',
    `${POST}${HOST}${REST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX`,
  ],
  ['two Content-Lengths', `${POST}${HOST}${REST}Content-Length: 16\r\nContent-Length: 2\r\n\r\n${BODY}`],
  ['the same Content-Length twice', `${POST}${HOST}${REST}Content-Length: 16\r\nContent-Length: 16\r\n\r\n${BODY}`],
  ['a list of Content-Lengths', `${POST}${HOST}${REST}Content-Length: 16, 16\r\n\r\n${BODY}`],
  ['a negative Content-Length', `${POST}${HOST}${REST}Content-Length: -1\r\n\r\n${BODY}`],
  ['a Content-Length with a sign', `${POST}${HOST}${REST}Content-Length: +16\r\n\r\n${BODY}`],
  ['a transfer coding beside chunked', `${POST}${HOST}${REST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  [
    'Transfer-Encoding twice',
    `${POST}${HOST}${REST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a transfer coding that is not chunked', `${POST}${HOST}${REST}Transfer-Encoding: identity\r\n\r\n${BODY}`],
  ['a space before the colon', `${POST}${HOST}${REST}Content-Length : 16\r\n\r\n${BODY}`],
  ['a folded header', `${GET}${HOST}Exchange-Purpose: reference-data\r\n more\r\n\r\n`],
  ['a NUL in a header', `${GET}${HOST}Exchange-Purpose: reference\0data\r\n\r\n`],
  ['a bare carriage return in a header', `${GET}${HOST}Exchange-Purpose: reference\rdata\r\n\r\n`],
  ['bare line feeds', `GET ${LIST.path} HTTP/1.1\nHost: localhost\nExchange-Purpose: reference-data\n\n`],
  ['no Host', `${GET}Exchange-Purpose: reference-data\r\n\r\n`],
  ['two Hosts', `${GET}${HOST}Host: elsewhere\r\nExchange-Purpose: reference-data\r\n\r\n`],
  ['HTTP/1.0', `GET ${LIST.path} HTTP/1.0\r\n${HOST}Exchange-Purpose: reference-data\r\n\r\n`],
  ['HTTP/2 without TLS saying so', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', `GET ${LIST.path}\r\n\r\n`],
  ['an unknown method', `STEAL ${LIST.path} HTTP/1.1\r\n${HOST}\r\n`],
  ['a tunnel', 'CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n'],
  ['an unknown expectation', `${POST}${HOST}${REST}Expect: the-unexpected\r\nContent-Length: 16\r\n\r\n${BODY}`],
  ['a space in the target', `GET ${LIST.path} x HTTP/1.1\r\n${HOST}\r\n`],
  ['a NUL in the target', `GET ${LIST.path}\0 HTTP/1.1\r\n${HOST}\r\n`],
  ['headers that are too large', `${GET}${HOST}${'X-Padding: aaaaaaaaaaaaaaaa\r\n'.repeat(1000)}\r\n`],
  ['no HTTP at all', 'hello\r\n\r\n'],
]

export const framingRows: readonly Row[] = texts.map(([what, bytes]) => ({
  what,
  async call(scene) {
    const raw = await scene.raw()
    raw.send(Buffer.from(bytes, 'latin1'))
    const answered = await raw.answer()
    const more = await raw.closed()
    if (more !== '') throw new Error(`behind the answer came ${more}`)
    return { ...answered, shown: bytes.replaceAll('\r\n', '\n') }
  },
  status: 400,
  code: 'request-malformed',
  records: 'counted only',
  forwarded: 'no',
  closes: true,
  ...(what === 'Content-Length and Transfer-Encoding' ? { documents: true as const } : {}),
}))
