/**
 * The demo provider `G99.10/data-centre`: a small Express program over mutual TLS that a unit's developer may copy.
 * Environment: PORT, CERTS_DIR, GATEWAY_URL, UNITS_FILE (optional: administrative units as JSON).
 */
import { serve } from '../provider/serve.ts'
import { administrativeUnits } from './administrative-units.ts'
import { categories } from './categories.ts'
import { identity } from './identity.ts'
import { DEMO_PEOPLE, people } from './people.ts'
import { records } from './records.ts'
import { taskReports } from './task-reports.ts'
import { TASKS } from './tasks.ts'

serve({
  system: 'G99.10/data-centre',
  certificate: 'G99.10.data-centre',
  port: 9443,
  services: {
    '/categories/v1': categories(administrativeUnits(process.env.UNITS_FILE)),
    '/identity/v1': identity(people(DEMO_PEOPLE.seed, DEMO_PEOPLE.count)),
    '/records/v1': records(),
    '/task-reports/v1': taskReports(TASKS),
  },
  asserted: ['/identity/v1'],
})
