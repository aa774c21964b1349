import type { Command } from 'commander'
import { type ChangeId, parseChangeId } from '../../domain/change-id.ts'
import { readRevisionNumber, reading } from './read-flags.ts'

/** What a person names: at most one of them; none is the newest revision. */
export interface CandidateOptions {
  readonly revision?: number
  readonly change?: ChangeId
  readonly config?: string
}

export const addCandidateOptions = (command: Command): Command =>
  command
    .option('--revision <number>', 'under this revision', readRevisionNumber)
    .option('--change <id>', 'under this change, as if it were applied now', reading(parseChangeId))
    .option('--config <directory>', 'under a configuration directory, as if it were the next revision')
