import { Command, Option } from 'commander'
import { type Instant, minuteOf, parseInstant } from '../../domain/instant.ts'
import { parsePurpose, type Purpose } from '../../domain/purpose.ts'
import { type OperationName, parseOperationName, parseServiceId, type ServiceId } from '../../domain/service-id.ts'
import { parseSystemId, type SystemId } from '../../domain/system-id.ts'
import { systemClock } from '../../edge/clock.ts'
import { readLabel } from '../../exchange/read-headers.ts'
import type { DecisionInput } from '../../policy/decision.ts'
import { explain, type ExplainedCheck, type Explanation } from '../../policy/explain.ts'
import { EXIT } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { type Candidate, candidateOf } from './candidate.ts'
import { addCandidateOptions, type CandidateOptions } from './candidate-options.ts'
import { loadPolicies } from './load-policies.ts'
import { reading } from './read-flags.ts'

type Language = 'en' | 'vi'

interface Flags extends CandidateOptions {
  readonly consumer: SystemId
  readonly service: ServiceId
  readonly operation: OperationName
  readonly purpose?: Purpose
  readonly classification?: DecisionInput['declared']
  readonly at?: Instant
  readonly lang: Language
  readonly json?: true
}

export const explainCommand = (environment: NodeJS.ProcessEnv): Command =>
  addCandidateOptions(
    new Command('explain')
      .description(
        'Says why an exchange would be permitted (exit code 0) or refused (1): every check of the policy in order',
      )
      .requiredOption('--consumer <system>', 'the system that asks, G99.21/records', reading(parseSystemId))
      .requiredOption('--service <id>', 'the service, G99.10/categories/v1', reading(parseServiceId))
      .requiredOption('--operation <name>', 'the operation, listProvinces', reading(parseOperationName))
      .option('--purpose <code>', 'the purpose given; without it: a request that names none', reading(parsePurpose))
      .option('--classification <label>', 'what the request declares by Data-Classification', reading(readLabel))
      .option('--at <time>', 'when, 2026-01-01T00:00:00+07:00 (unless told: now)', reading(parseInstant)),
  )
    .addOption(new Option('--lang <language>', 'language of the words').choices(['en', 'vi']).default('en'))
    .option('--json', 'print the result as JSON')
    .action(async ({ consumer, service, operation, purpose, classification, at, lang, json, ...flags }: Flags) => {
      const settings = readSettings(environment)
      const input: DecisionInput = {
        consumer,
        service,
        operation,
        purpose: purpose ?? null,
        declared: classification ?? null,
        minute: minuteOf(at ?? systemClock().now()),
      }
      const candidate = await withStore(settings, async database =>
        candidateOf(flags, database, await loadPolicies(database, settings), settings),
      )
      const explanation = explain(input, candidate.snapshot)
      if (json) console.log(JSON.stringify(plain(input, candidate, explanation)))
      else print(candidate, explanation, lang)
      process.exitCode = explanation.decision.kind === 'permit' ? EXIT.good : EXIT.foundWrong
    })

function plain(input: DecisionInput, { name }: Candidate, { decision, checks }: Explanation) {
  return {
    policy: name,
    input,
    decision: decision.kind,
    reason: decision.kind === 'refuse' ? decision.refusal.reason : null,
    agreement: decision.agreement?.id ?? null,
    classification: decision.kind === 'permit' ? decision.classification : null,
    grant: decision.kind === 'permit' ? decision.grant : null,
    checks,
  }
}

const HEADINGS = {
  permit: { en: 'PERMITTED', vi: 'ĐƯỢC PHÉP' },
  refuse: { en: 'REFUSED', vi: 'TỪ CHỐI' },
} as const

const MARKS = { passed: '✓', failed: '✗', 'not-reached': '·' } as const satisfies Record<
  ExplainedCheck['outcome'],
  string
>

function print({ name }: Candidate, { decision, checks }: Explanation, language: Language): void {
  const why = decision.kind === 'permit' ? decision.agreement.id : decision.refusal.reason
  console.log(`${HEADINGS[decision.kind][language]}  ${why}  (${name})`)
  for (const { claim, outcome, compared } of checks) {
    const values = compared.map(({ name: what, value }) => `${what[language]} ${value}`).join('; ')
    console.log(`  ${MARKS[outcome]} ${claim[language]}${values === '' ? '' : `\n      ${values}`}`)
  }
}
