import type { ConfigurationError } from './objects.ts'

/** Where a part of the document came from. */
export interface Place {
  /** Relative to the configuration directory; or `revision 7`. */
  readonly file: string
  /** 1-based; 0 where none is known. */
  readonly line: number
  /** JSON Pointer inside the file (inside the YAML document, where a file holds several); absent: the document's own. */
  readonly pointer?: string
}

/** Maps a JSON Pointer of the ConfigurationDocument to where it came from. Never fails: the nearest known ancestor answers. */
export type Locate = (pointer: string) => Place

/** For the text of a stored revision, which has no lines. */
export const locateInRevision =
  (revision: number): Locate =>
  () => ({ file: `revision ${revision}`, line: 0 })

/** One thing wrong, by its pointer in the value that was looked at. */
export interface Finding {
  readonly pointer: string
  readonly reason: string
}

/** Each finding at its place, sorted by file and line; the same thing found twice is said once. */
export function placed(findings: readonly Finding[], locate: Locate): ConfigurationError[] {
  const errors = findings.map(({ pointer, reason }) => ({ pointer, ...locate(pointer), reason }))
  return inOrder(errors)
}

export function inOrder(errors: readonly ConfigurationError[]): ConfigurationError[] {
  const distinct = new Map(
    errors.map(error => [`${error.file}\n${error.pointer}\n${error.line}\n${error.reason}`, error]),
  )
  return [...distinct.values()].sort((a, b) => compare(a.file, b.file) || a.line - b.line)
}

/** By UTF-16 code units: the same order on every machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
