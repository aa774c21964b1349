import { relative } from 'node:path'
import type { Gateway } from '../serve/gateway.ts'
import type { Settings } from '../settings.ts'

/**
 * The addresses, and three calls that work as printed: one succeeds, one is refused by policy, one fails validation.
 * `given`: names of the environment variables that are set.
 */
export function invitation(
  settings: Settings,
  { exchangePort, officePort, opsPort }: Pick<Gateway, 'exchangePort' | 'officePort' | 'opsPort'>,
  given: readonly string[] = [],
): string {
  const certs = relative(process.cwd(), settings.certsDir) || '.'
  const url = (path: string): string => `https://localhost:${exchangePort}/exchange/G99.10/categories/v1${path}`
  const curl = (system: string, rest: string): string =>
    `curl --cacert ${certs}/ca.crt --cert ${certs}/${system}.crt --key ${certs}/${system}.key \\\n    -H 'Exchange-Purpose: reference-data' ${rest}`
  // Commands look where the demo looked.
  const environment = (['DATA_DIR', 'CERTS_DIR', 'KEYS_DIR', 'DATABASE_URL'] as const)
    .filter(name => given.includes(name))
    .map(name => `${name}=… `)
    .join('')
  return `
Lienthong is running.
  exchange  https://localhost:${exchangePort}   (systems, mutual TLS)
  office    https://localhost:${officePort}   (officers, mutual TLS) /api/docs
  ops       http://127.0.0.1:${opsPort}    /readyz /metrics

1. A call that an agreement permits; the answer carries its receipt:
  ${curl('G99.21.records', `'${url('/provinces?pageSize=3')}' -i`)}

2. A call that no agreement covers (training may list provinces, and no more): 403
  ${curl('G99.23.training', `'${url('/provinces/01')}'`)}

3. A call that breaks the description of the operation: 422
  ${curl('G99.21.records', `-H 'Content-Type: application/json' \\\n    -d '{"codes":["Hà Nội"]}' '${url('/provinces/search')}'`)}

See what was recorded:  ${environment}npx lienthong audit search
Check the log:          ${environment}npx lienthong audit verify
Ctrl-C drains and stops everything; the state stays in ${relative(process.cwd(), settings.dataDir) || '.'}.
`
}
