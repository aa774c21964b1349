import { admit } from './admit.ts'
import { checkRequest } from './check-request.ts'
import { checkResponse } from './check-response.ts'
import { decide } from './decide.ts'
import { forward } from './forward.ts'
import { identify } from './identify.ts'
import type { Arrived, Known, Refused, ResponseRecorded } from './known.ts'
import { minimiseResponse } from './minimise-response.ts'
import type { Ports } from './ports.ts'
import { receive } from './receive.ts'
import { recordRequest } from './record-request.ts'
import { recordResponse } from './record-response.ts'
import { route } from './route.ts'

type Step<In, Added> = (known: In, ports: Ports) => Added | Refused | Promise<Added | Refused>

/** One row of the table, its types checked where it was added and erased behind that. */
export interface Row {
  readonly name: string
  readonly run: (known: Known, ports: Ports) => Partial<Known> | Refused | Promise<Partial<Known> | Refused>
}

/** A table whose each row takes what the rows before gave: an order that lacks something does not compile. */
class Table<Out extends Arrived> {
  readonly rows: readonly Row[]

  constructor(rows: readonly Row[]) {
    this.rows = rows
  }

  then<Added extends object>(name: string, step: Step<Out, Added>): Table<Out & Added> {
    return new Table<Out & Added>([...this.rows, { name, run: step as unknown as Row['run'] }])
  }
}

/**
 * The exchange, step by step. The order is security: who, what, whether, how much, with what; then the record; only then
 * the world.
 */
const table: Table<ResponseRecorded> = new Table<Arrived>([])
  .then('identify', identify)
  .then('route', route)
  .then('decide', decide)
  .then('admit', admit)
  .then('receive', receive)
  .then('checkRequest', checkRequest)
  .then('recordRequest', recordRequest)
  .then('forward', forward)
  .then('checkResponse', checkResponse)
  .then('minimise', minimiseResponse)
  .then('recordResponse', recordResponse)

export const steps: readonly Row[] = table.rows
