import { leafExtensions, type LeafNames } from './extensions.ts'
import { X509Certificate } from './peculiar.ts'
import { nameOf, type Subject } from './subject.ts'

/** Whether a leaf certificate (PEM) says exactly this: the same subject and, byte for byte, the same names and usages. */
export function certificateSays(certificate: string, content: LeafNames & { readonly subject: Subject }): boolean {
  const parsed = new X509Certificate(certificate)
  const wanted = leafExtensions(content).map(fingerprint)
  const held = parsed.extensions.filter(({ type }) => !KEY_IDENTIFIERS.has(type)).map(fingerprint)
  return (
    parsed.subjectName.toString() === nameOf(content.subject).toString() &&
    wanted.length === held.length &&
    wanted.every(extension => held.includes(extension))
  )
}

/** Subject and authority key identifier: they follow from the keys. */
const KEY_IDENTIFIERS: ReadonlySet<string> = new Set(['2.5.29.14', '2.5.29.35'])

const fingerprint = (extension: { readonly rawData: ArrayBuffer }): string =>
  Buffer.from(extension.rawData).toString('base64')
