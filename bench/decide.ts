/** `npm run bench:decide`: what a decision costs with 100 agreements and with 100,000. */
import { parseArgs } from 'node:util'
import { costOfDecide } from './decide-scale.ts'
import { round, table } from './print.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

// The first world also warms the compiler up, so that its figure is not the one of cold code.
costOfDecide(1000)
const costs = [100, 1000, 10_000, 100_000].map(agreements => costOfDecide(agreements))
if (values.json) console.log(JSON.stringify(costs, null, 2))
else
  console.log(
    table(
      ['agreements', 'busy callers, µs', 'every agreement in turn, µs'],
      costs.map(({ agreements, busy, everyone }) => [agreements, round(busy, 2), round(everyone, 2)]),
    ),
  )
