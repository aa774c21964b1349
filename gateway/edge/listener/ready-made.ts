import { catalogue, type ProblemCode } from '../../problems/catalogue.ts'
import { problemBody } from '../../problems/problem.ts'

/** A problem for whom no exchange began: there is no id to name. */
export function readyMade(code: ProblemCode): { status: number; headers: readonly string[]; body: string } {
  const body = problemBody({ code }, null, 'en')
  const headers = [
    ...['Content-Type', 'application/problem+json', 'Exchange-Problem', code],
    ...['Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close'],
  ]
  return { status: catalogue[code].status, headers, body }
}

/** The same as text, for a socket without an HTTP parser, or whose parser gave up. */
export function readyMadeText(code: ProblemCode): string {
  const { status, headers, body } = readyMade(code)
  const lines = headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${headers[i + 1] ?? ''}`] : []))
  return `HTTP/1.1 ${status} ${code}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
