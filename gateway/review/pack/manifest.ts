import { mediaTypeOf, SIGNATURE } from './pack-names.ts'

/** A file and the base64 of its SHA-256. */
export interface FileDigest {
  readonly name: string
  readonly digest: string
}

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
<asic:SigReference URI="${SIGNATURE}" MimeType="application/x-pkcs7-signature"/>
`
const TAIL = '</asic:ASiCManifest>\n'

// XML Encryption section 5.8.2 names SHA-256, which XML Signature took over. Names of files hold nothing to escape (zip-format.ts).
const reference = ({ name, digest }: FileDigest): string =>
  `<asic:DataObjectReference URI="${name}" MimeType="${mediaTypeOf(name)}">` +
  '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
  `<ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>\n`

/**
 * The manifest that the signature of a pack covers (ETSI EN 319 162-1 section A.4, ASiCManifest): every file but `mimetype` and
 * those of META-INF, in the order in which they lie. There is one text for given files, so a reader makes it again and compares.
 */
export const formatManifest = (files: readonly FileDigest[]): string => HEAD + files.map(reference).join('') + TAIL

/** Where two manifests part, for people; null: they are the same. */
export function differenceOf(found: string, expected: string): string | null {
  if (found === expected) return null
  const is = found.split('\n')
  const shall = expected.split('\n')
  const at = shall.findIndex((line, n) => line !== is[n])
  const name = /URI="([^"]{1,100})"/.exec(shall[at] ?? is[at] ?? '')?.[1]
  return name === undefined ? 'the manifest is of other files' : `${name} is not what the manifest says`
}
