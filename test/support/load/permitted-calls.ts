import type { Call, Client } from '../world/client.ts'
import type { LoadCall } from './closed-loop.ts'

const CATEGORIES = '/exchange/G99.10/categories/v1'
const REFERENCE = { 'exchange-purpose': 'reference-data' }

export const listCall: Call = { path: `${CATEGORIES}/provinces`, headers: REFERENCE }
export const searchCall: Call = {
  method: 'POST',
  path: `${CATEGORIES}/provinces/search`,
  headers: { ...REFERENCE, 'content-type': 'application/json' },
  body: '{"codes":["01"]}',
}
export const stockCall: Call = {
  path: '/exchange/G99.22/inventory/v1/items',
  headers: { 'exchange-purpose': 'supply' },
}

type ClientOf = (name: string) => Client

/** To `G99.10/data-centre`, all permitted: two systems, a GET and a POST, and one whose answer is minimised. */
export function callsToDataCentre(clientOf: ClientOf): readonly LoadCall[] {
  const records = { client: clientOf('G99.21.records'), system: 'G99.21/records' }
  return [
    { ...records, call: listCall },
    { ...records, call: searchCall },
    { client: clientOf('G99.23.training'), system: 'G99.23/training', call: listCall },
  ]
}

/** To `G99.22/logistics`, permitted. */
export const callsToLogistics = (clientOf: ClientOf): readonly LoadCall[] => [
  { client: clientOf('G99.23.training'), system: 'G99.23/training', call: stockCall },
]
