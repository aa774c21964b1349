import { type Locate, placed } from '../configuration/locate.ts'
import type { Configuration, ConfigurationError } from '../configuration/objects.ts'
import { checkGuardrails } from '../policy/guardrails/check-guardrails.ts'

/** What keeps guardrails from being proposed: unsound policies, names of nothing, test cases with another answer. A few ms each. */
export const lintGuardrails = (configuration: Configuration, locate: Locate): readonly ConfigurationError[] =>
  placed(checkGuardrails(configuration), locate)
