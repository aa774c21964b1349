/** RFC 9110 section 8.3.1, as far as exchanges need it: type/subtype and plain parameters. */
const MEDIA_TYPE =
  /^([a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64})[ \t]*(?:;[ \t]*([A-Za-z0-9-]+)=("?)([A-Za-z0-9_.:+-]{1,64})\3[ \t]*)?$/i

/**
 * The media type of a Content-Type, lower case and without parameters; null where it cannot be read. A charset other than UTF-8
 * counts as unreadable: JSON is UTF-8 (RFC 8259 section 8.1), and what is not JSON crosses unread.
 */
export function readMediaType(header: string): string | null {
  const match = MEDIA_TYPE.exec(header.trim())
  if (!match) return null
  const [, type = '', parameter, , value = ''] = match
  if (parameter?.toLowerCase() === 'charset' && value.toLowerCase() !== 'utf-8') return null
  return type.toLowerCase()
}
