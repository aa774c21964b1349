import { type JsonNameParams, Name, X509Certificate } from './peculiar.ts'

/** A distinguished name as we write them: organisation, then common name. */
export interface Subject {
  readonly commonName: string
  readonly organization: string
}

/** RFC 5280 appendix A.1: ub-common-name and ub-organization-name. */
const MAX_CHARACTERS = 64

/** The name in X.500 form. Throws RangeError beyond 64 characters (RFC 5280 appendix A.1). */
export function nameOf(subject: Subject): Name {
  // utf8String spelled out: the library reads a plain text that starts with # as hexadecimal DER.
  const name: JsonNameParams = [
    { O: [{ utf8String: bounded(subject.organization) }] },
    { CN: [{ utf8String: bounded(subject.commonName) }] },
  ]
  return new Name(name)
}

function bounded(text: string): string {
  const characters = [...text].length
  if (characters < 1 || characters > MAX_CHARACTERS)
    throw new RangeError(`a name has 1 to ${MAX_CHARACTERS} characters: ${text}`)
  return text
}

/** Organisation and common name in a certificate (PEM) as `nameOf` writes them; empty where there is none. */
export function readSubject(certificate: string): Subject {
  const { subjectName } = new X509Certificate(certificate)
  return { organization: subjectName.getField('O')[0] ?? '', commonName: subjectName.getField('CN')[0] ?? '' }
}
