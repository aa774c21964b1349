import { type DerReader, dotted, TAG } from './der-reader.ts'

/** RFC 5280 section 4.2. */
export interface Extension {
  readonly id: string
  readonly critical: boolean
  /** What the OCTET STRING holds. */
  readonly value: Uint8Array
}

/** The content of a SEQUENCE of Extension. Throws DerError. */
export function readExtensions(reader: DerReader): readonly Extension[] {
  const extensions: Extension[] = []
  while (reader.more) {
    const extension = reader.inside(reader.next(TAG.sequence))
    const id = dotted(extension.content(extension.next(TAG.oid)))
    const critical = extension.peek === TAG.boolean && extension.content(extension.next())[0] !== 0
    extensions.push({ id, critical, value: extension.content(extension.next(TAG.octets)) })
    extension.finish()
  }
  return extensions
}

/** Extensions where they stand last and explicitly tagged; none where the reader is at its end. */
export function taggedExtensions(reader: DerReader, tag: number): readonly Extension[] {
  if (!reader.more) return []
  const outer = reader.inside(reader.next(tag))
  const extensions = readExtensions(outer.inside(outer.next(TAG.sequence)))
  outer.finish()
  reader.finish()
  return extensions
}
