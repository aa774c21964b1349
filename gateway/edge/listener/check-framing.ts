import type { IncomingMessage } from 'node:http'

/**
 * Whether a request that Node's parser let through is framed with certainty. Attacker-controlled.
 * RFC 9112: HTTP/1.1 (an HTTP/1.0 peer may not know chunks, section 6.1); exactly one Host (section 3.2: a server MUST answer 400
 * to none or more than one); no transfer coding but `chunked`, since bytes that another coding wraps would be decided on and
 * forwarded still wrapped (section 6.1).
 */
export function isWellFramed({
  httpVersion,
  rawHeaders,
}: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'>): boolean {
  if (httpVersion !== '1.1') return false
  let hosts = 0
  let codings = 0
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    // Lengths first: this runs for every header of every request.
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts++
    if (name.length !== TRANSFER_ENCODING.length || name.toLowerCase() !== TRANSFER_ENCODING) continue
    if (++codings > 1 || rawHeaders[i + 1]?.toLowerCase() !== 'chunked') return false
  }
  return hosts === 1
}

const HOST = 'host'
const TRANSFER_ENCODING = 'transfer-encoding'
