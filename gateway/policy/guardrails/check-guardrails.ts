import type { Finding } from '../../configuration/locate.ts'
import type { Configuration } from '../../configuration/objects.ts'
import { checkNames } from './check-names.ts'
import { checkPolicies } from './check-policies.ts'
import { runTests } from './run-tests.ts'

/** All that is wrong with the guardrails of a configuration: their policies first, since nothing else can be asked of a broken one. */
export function checkGuardrails(configuration: Configuration): readonly Finding[] {
  const unsound = checkPolicies(configuration.guardrails)
  return unsound.length > 0 ? unsound : [...checkNames(configuration), ...runTests(configuration)]
}
