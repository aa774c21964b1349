import type { Finding } from '../../configuration/locate.ts'
import type { Configuration, Guardrail, GuardrailTest } from '../../configuration/objects.ts'
import type { CalendarPlace } from './calendar.ts'
import { makeGuardrailSet } from './guardrail-set.ts'

/** The test cases of each guardrail, run on it alone. Those of which the answer is another one are told. */
export function runTests(configuration: Configuration): readonly Finding[] {
  return configuration.guardrails.flatMap((guardrail, index) =>
    guardrail.tests.flatMap((test, at) => {
      const got = judge(guardrail, test, configuration)
      if (got === test.expect) return []
      const name = JSON.stringify(test.name)
      const reason =
        got === 'error' ? `${name} cannot be evaluated` : `${name} expects ${test.expect}, and it is ${got}`
      return [{ pointer: `/guardrails/${index}/tests/${at}`, reason }]
    }),
  )
}

function judge(
  guardrail: Guardrail,
  { input }: GuardrailTest,
  place: CalendarPlace,
): GuardrailTest['expect'] | 'error' {
  const verdict = makeGuardrailSet([guardrail], place).judge(input)
  if (verdict === null) return 'pass'
  return verdict === 'error' ? 'error' : 'forbid'
}
