import type { KeyObject } from 'node:crypto'
import { err, ok, type Result } from '../../domain/result.ts'
import { issueCertificate } from '../../pki/issue-certificate.ts'
import type { Issued } from '../../pki/issued.ts'
import { bindingOfKey, type KeyType, keyTypeOf } from '../../pki/keys.ts'
import { newSerial } from '../../pki/serial.ts'
import type { Authority } from '../../pki/sign-certificate.ts'
import { readSubject } from '../../pki/subject.ts'
import { validityFrom } from '../../pki/validity.ts'
import type { AuthorityFolder } from './authority-folder.ts'
import { type Holder, namesOf } from './holder.ts'
import { PUBLIC, writeWhole } from './write-whole.ts'

/** CA/Browser Forum baseline requirements section 6.3.2: at most 398 days; one less, since ours begin a little earlier. */
export const MOST_LEAF_DAYS = 397
export const LEAF_DAYS = 365

export interface LeafWish {
  readonly holder: Holder
  readonly key: KeyObject
  readonly days: number
  readonly crlUrl: string | null
  readonly ocspUrl: string | null
}

export interface LeafIssued {
  readonly issued: Issued
  /** With the issuing certificate behind it, as a TLS program wants it. */
  readonly file: string
  readonly cut: boolean
}

/**
 * Issues one certificate of the folder's issuing authority, under the lock. The index has its entry before it is signed; see
 * AuthorityFolder.append for what a crash leaves.
 */
export async function issueLeaf(
  folder: AuthorityFolder,
  issuing: Authority,
  wish: LeafWish,
  now: Date,
): Promise<Result<LeafIssued>> {
  const { holder, key, days, crlUrl, ocspUrl } = wish
  const binding = bindingOfKey(key)
  const { issued: before, revoked } = folder.register()
  const known = [...before.values()].filter(({ key: its }) => its === binding)
  if (known.some(({ serial }) => revoked.get(serial)?.reason === 'keyCompromise'))
    return err('a certificate of this key was revoked because the key was compromised: make a new key')
  // A key in two hands is in none: no configuration would take it either.
  const other = known.find(({ kind, id }) => kind !== holder.kind || id !== holder.id)
  if (other) return err(`the key is that of ${other.kind} ${other.id} already: make a new one`)
  const validity = validityFrom(now, days, issuing.certificate)
  if (!validity.ok) return validity
  const { notBefore, notAfter, cut } = validity.value
  const issued: Issued = {
    serial: newSerial(),
    by: 'issuing',
    kind: holder.kind,
    id: holder.id,
    key: binding,
    keyType: keyTypeOf(key) as KeyType,
    from: notBefore.toISOString(),
    until: notAfter.toISOString(),
    hosts: holder.hosts,
    crlUrl,
    ocspUrl,
  }
  folder.append({ v: 1, event: 'issue', at: now.toISOString(), ...issued })
  const { commonName, ...names } = namesOf(holder)
  const certificate = await issueCertificate(issuing, {
    ...names,
    subject: { organization: readSubject(issuing.certificate).organization, commonName },
    key,
    notBefore,
    notAfter,
    serial: issued.serial,
    crlUrl: crlUrl ?? undefined,
    ocspUrl: ocspUrl ?? undefined,
  })
  const name = `issued/${issued.serial}.crt`
  folder.writePublic(name, certificate + issuing.certificate)
  return ok({ issued, file: folder.at(name), cut })
}

/** Where the certificate was asked to be put as well. */
export function copyTo(path: string | undefined, leaf: LeafIssued, folder: AuthorityFolder): void {
  if (path !== undefined) writeWhole(path, folder.read(`issued/${leaf.issued.serial}.crt`) ?? '', PUBLIC)
}

export function leafLines({ issued, file, cut }: LeafIssued, out: string | undefined): readonly string[] {
  return [
    `signed ${issued.kind} ${issued.id}: serial ${issued.serial}`,
    `valid until ${issued.until}${cut ? ', where the issuing authority ends' : ''}`,
    `certificate, with the issuing one: ${out ?? file}`,
    ...(issued.kind === 'gateway'
      ? []
      : [`for the entry of ${issued.id} in ${issued.kind}s.yaml:`, ...bindingLines(issued)]),
  ]
}

/** YAML, ready to paste. */
const bindingLines = ({ kind, key }: Issued): readonly string[] =>
  kind === 'system' ? ['  bindings:', `    - key: ${key}`] : [`  key: ${key}`]

export const leafResult = ({ issued, file, cut }: LeafIssued, out: string | undefined): Record<string, unknown> => ({
  ...issued,
  file: out ?? file,
  cut,
})
