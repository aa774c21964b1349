type Label = 'CERTIFICATE' | 'X509 CRL' | 'CERTIFICATE REQUEST' | 'NEW CERTIFICATE REQUEST' | 'ENCRYPTED PRIVATE KEY'

/** PEM text of DER bytes with a line of 64 characters (RFC 7468 section 2), with a newline at the end. */
export function pemOf(label: Label | 'PUBLIC KEY', der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\sA-Za-z0-9+/=]*?-----END \1-----/g

/** The PEM blocks of one label in a text, in order, each with a newline at the end; what lies between blocks is skipped. */
export function blocksOf(label: Label | 'PUBLIC KEY', text: string): string[] {
  return [...text.matchAll(BLOCK)].filter(match => match[1] === label).map(match => `${match[0]}\n`)
}
