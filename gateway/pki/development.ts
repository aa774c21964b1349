import { X509Certificate } from 'node:crypto'

/** The organisation in every certificate of certs-dev, authorities included: it says to whoever looks what it is. */
export const DEVELOPMENT_ORGANIZATION = 'Lienthong development, not for production'

/** Whether a certificate (PEM) is or comes from a throwaway development authority. A production genesis refuses it. */
export function isDevelopmentCertificate(certificate: string): boolean {
  const { subject, issuer } = new X509Certificate(certificate).toLegacyObject()
  // A name with several organisations has a list of them.
  return [subject, issuer].some(({ O: organisations }) =>
    ([organisations] as readonly unknown[]).flat().includes(DEVELOPMENT_ORGANIZATION),
  )
}
