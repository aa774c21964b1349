import { X509Certificate } from './peculiar.ts'

/** The organisation in every certificate of certs-dev, authorities included: it says to whoever looks what it is. */
export const DEVELOPMENT_ORGANIZATION = 'Lienthong development, not for production'

/** Whether a certificate (PEM) is or comes from a throwaway development authority. A production genesis refuses it. */
export function isDevelopmentCertificate(certificate: string): boolean {
  const parsed = new X509Certificate(certificate)
  return [parsed.subjectName, parsed.issuerName].some(name => name.getField('O').includes(DEVELOPMENT_ORGANIZATION))
}
