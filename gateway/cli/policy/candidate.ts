import { resolve } from 'node:path'
import type { ChangeId } from '../../domain/change-id.ts'
import { PostgresChanges } from '../../edge/postgres/changes.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { compileCandidate, compileDocument } from '../../snapshot/compile-candidate.ts'
import type { Policies } from '../../snapshot/policies.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { Misuse } from '../misuse.ts'
import { formatErrors, readConfiguration } from '../serve/read-configuration.ts'
import type { Settings } from '../settings.ts'
import type { CandidateOptions } from './candidate-options.ts'

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
  const compiled = compileCandidate(change.text.edits, policies.newest)
  if (compiled.ok) return { name: `change ${id}`, snapshot: compiled.value }
  const { error } = compiled
  if (error.reason === 'invalid')
    throw new Misuse(`the candidate does not hold together:\n${formatErrors(error.errors)}`)
  const conflicts = error.conflicts.map(({ kind, id: object, reason }) => `${kind} ${object}: ${reason}`)
  throw new Misuse(`--change: ${id} does not fit revision ${policies.newest.number}: ${conflicts.join('; ')}`)
}

function ofDirectory(directory: string, policies: Policies, { certsDir }: Settings): Candidate {
  const read = readConfiguration(resolve(directory), certsDir)
  if (!read.ok) throw new Misuse(`${directory} does not hold together:\n${formatErrors(read.error)}`)
  const compiled = compileDocument(read.value.document, policies.newest)
  if (!compiled.ok) throw new TypeError('a directory that holds together does not compile')
  return { name: directory, snapshot: compiled.value }
}
