import { canonicalJson } from '../../configuration/canonical-json.ts'
import { describeEdits, type Difference } from '../../configuration/describe-edits.ts'
import { type Edit, editsBetween } from '../../configuration/edits.ts'
import { objectsOf } from '../../configuration/objects-of.ts'
import type { ConfigurationError } from '../../configuration/objects.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { takesAway } from '../../snapshot/takes-away.ts'
import type { VerifiedRevision } from '../../snapshot/verify-revision.ts'
import { readConfiguration } from '../serve/read-configuration.ts'

/** What it takes to make a directory the configuration. */
export interface Plan {
  readonly revision: number
  readonly edits: readonly Edit[]
  readonly differences: readonly Difference[]
  /** One officer's word is enough. */
  readonly onlyTakesAway: boolean
}

/** Compares a directory with a revision; or everything that is wrong with it, by file and line. */
export function readPlan(
  directory: string,
  certsDir: string,
  newest: VerifiedRevision,
): Result<Plan, readonly ConfigurationError[]> {
  const read = readConfiguration(directory, certsDir)
  if (!read.ok) return read
  const { document } = newest
  if (canonicalJson(read.value.document.genesis) !== canonicalJson(document.genesis))
    return err([
      { file: 'genesis.yaml', line: 1, pointer: '', reason: 'is not that of revision 0, which no change can alter' },
    ])
  const edits = editsBetween(document, read.value.document)
  return ok({
    revision: newest.number,
    edits,
    differences: describeEdits(document, edits),
    onlyTakesAway:
      edits.length > 0 && edits.every(edit => takesAway(edit, objectsOf(document, edit.kind).get(edit.id))),
  })
}
