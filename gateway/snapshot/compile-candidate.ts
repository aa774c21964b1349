import { canonicalJson } from '../configuration/canonical-json.ts'
import type { ConfigurationDocument } from '../configuration/document.ts'
import { applyEdits, type Conflict, type Edit } from '../configuration/edits.ts'
import { locateInRevision } from '../configuration/locate.ts'
import type { Configuration, ConfigurationError } from '../configuration/objects.ts'
import { parseConfiguration } from '../configuration/parse-configuration.ts'
import { digestOf } from '../domain/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import { compileSnapshot, type Snapshot } from './snapshot.ts'

/** Why edits make no policy that could be tried. */
export type NoCandidate =
  | { readonly reason: 'conflict'; readonly conflicts: readonly Conflict[] }
  | { readonly reason: 'invalid'; readonly errors: readonly ConfigurationError[] }

interface Before {
  readonly number: RevisionNumber
  readonly document: ConfigurationDocument
  /** Where it is there already, objects that stay are not parsed again. */
  readonly configuration?: Configuration
}

/** What would decide if these edits were the next revision. Nothing is signed, so nothing obeys it. */
export function compileCandidate(edits: readonly Edit[], before: Before): Result<Snapshot, NoCandidate> {
  const applied = applyEdits(before.document, edits)
  return applied.ok ? compileDocument(applied.value, before) : err({ reason: 'conflict', conflicts: applied.error })
}

/** The same of a whole configuration. */
export function compileDocument(document: ConfigurationDocument, before: Before): Result<Snapshot, NoCandidate> {
  const number = (before.number + 1) as RevisionNumber
  const { configuration } = before
  const known = configuration ? { document: before.document, configuration } : null
  const parsed = parseConfiguration(document, locateInRevision(number), known)
  if (!parsed.ok) return err({ reason: 'invalid', errors: parsed.error })
  return ok(compileSnapshot(parsed.value, number, digestOf(canonicalJson(document))))
}
