import type { ConfigurationDocument } from '../configuration/document.ts'
import { applyEdits } from '../configuration/edits.ts'
import { digestOf } from '../domain/digest.ts'
import { readSignedChange } from '../snapshot/change.ts'
import type { StoredRevision } from '../snapshot/revision-text.ts'
import type { VerifiedRevision } from '../snapshot/verify-revision.ts'

/** Revisions are read this many at a time. */
const CHUNK = 50

/**
 * The configuration as it was at a revision that `verified` stands on: the stored texts are those whose digests were verified with
 * it, so their edits need no second look. Null: there is none of that number, or a stored text is another one.
 */
export async function documentOf(
  number: number,
  verified: VerifiedRevision,
  read: (from: number, to: number) => Promise<readonly StoredRevision[]>,
): Promise<ConfigurationDocument | null> {
  if (number === verified.number) return verified.document
  if (number < 0 || number > verified.number) return null
  let document: ConfigurationDocument | null = null
  for (let from = 0; from <= number; from += CHUNK) {
    const to = Math.min(number, from + CHUNK - 1)
    const stored = await read(from, to)
    if (stored.length !== to - from + 1) return null
    for (const { number: at, content } of stored) {
      if (digestOf(content) !== verified.chain[at]) return null
      document = documentBehind(content, document)
      if (document === null) return null
    }
  }
  return document
}

/** What a revision's text, whose digest was verified, makes of the document before it. Null: it is not one that follows. */
export function documentBehind(content: string, before: ConfigurationDocument | null): ConfigurationDocument | null {
  const held = JSON.parse(content) as { readonly document?: ConfigurationDocument; readonly change?: unknown }
  if (before === null) return held.document ?? null
  const change = readSignedChange(held.change)
  const applied = change.ok ? applyEdits(before, change.value.text.edits) : change
  return applied.ok ? applied.value : null
}
