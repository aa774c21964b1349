import { err, ok, type Result } from '../domain/result.ts'
import type { CertificateRequest } from './read-request.ts'

/** What the operator of an authority wants to certify. */
export interface Wanted {
  /** The SAN URI. */
  readonly uri: string
  readonly commonName: string
  readonly dnsNames: readonly string[]
  readonly ips: readonly string[]
}

/**
 * Whether a request asks for nothing but what is to be certified. What the certificate says comes from `wanted` alone: the request
 * may say less, since many tools cannot set a URN, but nothing else.
 */
export function checkRequest(request: CertificateRequest, wanted: Wanted): Result<null> {
  const uri = request.uris.find(name => name !== wanted.uri)
  if (uri !== undefined) return err(`the request is for ${uri}, not for ${wanted.uri}`)
  const { commonName } = request
  if (commonName !== null && looksLikeOurs(commonName) && commonName !== wanted.commonName)
    return err(`the request is for ${commonName}, not for ${wanted.commonName}`)
  const host =
    request.dnsNames.find(name => !wanted.dnsNames.includes(name.toLowerCase())) ??
    request.ips.find(ip => !wanted.ips.map(oneSpelling).includes(oneSpelling(ip)))
  return host === undefined
    ? ok(null)
    : err(`the request also names the host ${host}: repeat with --host ${host} if it is right`)
}

/** An IPv6 address has many spellings. */
const oneSpelling = (ip: string): string => (ip.includes(':') ? new URL(`http://[${ip}]/`).hostname : ip)

/** A system's id as common name; other texts there are for people and are not taken over. */
const looksLikeOurs = (commonName: string): boolean => /^[A-Y]\d{2}[0-9A-Z.]*\/[a-z0-9-]+$/.test(commonName)
