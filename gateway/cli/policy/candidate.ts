import { resolve } from 'node:path'
import { canonicalJson } from '../../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { applyEdits } from '../../configuration/edits.ts'
import { locateInRevision } from '../../configuration/locate.ts'
import { parseConfiguration } from '../../configuration/parse-configuration.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import { digestOf } from '../../domain/digest.ts'
import type { RevisionNumber } from '../../domain/revision-number.ts'
import { PostgresChanges } from '../../edge/postgres/changes.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { compileSnapshot, type Snapshot } from '../../snapshot/snapshot.ts'
import { Misuse } from '../misuse.ts'
import { formatErrors, readConfiguration } from '../serve/read-configuration.ts'
import type { Settings } from '../settings.ts'
import type { CandidateOptions } from './candidate-options.ts'
import type { Policies } from './load-policies.ts'

export interface Candidate {
  readonly name: string
  readonly snapshot: Snapshot
}

/** The policy that a person wants to try. Throws Misuse where there is none, or where it does not hold together. */
export async function candidateOf(
  options: CandidateOptions,
  database: Database,
  policies: Policies,
  settings: Settings,
): Promise<Candidate> {
  const given = Object.values(options).filter(option => option !== undefined)
  if (given.length > 1) throw new Misuse('name one candidate: --revision, --change or --config')
  if (options.change !== undefined) return ofChange(options.change, database, policies)
  if (options.config !== undefined) return ofDirectory(options.config, policies, settings)
  const number = options.revision ?? policies.newest.number
  const snapshot = policies.policyOf(number)
  if (snapshot === null) throw new Misuse(`--revision: the newest one is ${policies.newest.number}`)
  return { name: `revision ${number}`, snapshot }
}

/** Whatever state it is in: also a draft can be tried. */
async function ofChange(id: ChangeId, database: Database, policies: Policies): Promise<Candidate> {
  const change = await new PostgresChanges(database).read(id)
  if (change === null) throw new Misuse(`--change: there is no change ${id}`)
  const applied = applyEdits(policies.newest.document, change.text.edits)
  if (!applied.ok) {
    const conflicts = applied.error.map(({ kind, id: object, reason }) => `${kind} ${object}: ${reason}`)
    throw new Misuse(`--change: ${id} does not fit revision ${policies.newest.number}: ${conflicts.join('; ')}`)
  }
  return { name: `change ${id}`, snapshot: compiled(applied.value, policies) }
}

function ofDirectory(directory: string, policies: Policies, { certsDir }: Settings): Candidate {
  const read = readConfiguration(resolve(directory), certsDir)
  if (!read.ok) throw new Misuse(`${directory} does not hold together:\n${formatErrors(read.error)}`)
  return { name: directory, snapshot: compiled(read.value.document, policies) }
}

/** As the next revision. */
function compiled(document: ConfigurationDocument, policies: Policies): Snapshot {
  const number = (policies.newest.number + 1) as RevisionNumber
  const parsed = parseConfiguration(document, locateInRevision(number))
  if (!parsed.ok) throw new Misuse(`the candidate does not hold together:\n${formatErrors(parsed.error)}`)
  return compileSnapshot(parsed.value, number, digestOf(canonicalJson(document)))
}
