import { createHash, type KeyObject } from 'node:crypto'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import type { Operation } from '../../../gateway/configuration/objects.ts'
import type { Digest } from '../../../gateway/domain/digest.ts'
import { type OfficerId, parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { GENESIS, type RevisionNumber } from '../../../gateway/domain/revision-number.ts'
import { type Method, parseOperationName } from '../../../gateway/domain/service-id.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import { approvalDigest, makeRevision, type StoredRevision } from '../../../gateway/snapshot/revision-text.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { documentOf } from '../configuration/read-and-parse.ts'

export const operation = (method: Method, template: string): Operation => ({
  name: must(
    parseOperationName(
      `o${createHash('sha256')
        .update(method + template)
        .digest('hex')
        .slice(0, 40)}`,
    ),
  ),
  method,
  template,
  summary: { en: 'a', vi: 'b' },
  classification: 'public',
  parameters: [],
  request: null,
  responses: new Map(),
  maxRequestBytes: 1,
  maxResponseBytes: 1,
})

export type Name = 'security-1' | 'security-2' | 'auditor-1' | 'operator-1'
export const id = (name: string): OfficerId => must(parseOfficerId(name))

/** The demo world with officers whose keys are at hand. */
export interface RevisionWorld {
  readonly document: ConfigurationDocument
  readonly keys: Readonly<Record<Name, KeyObject>>
  readonly genesis: StoredRevision
  /** The revision behind `previous`, signed by these officers over its text (or over another one). */
  next(previous: StoredRevision, document: ConfigurationDocument, signers: readonly Name[]): StoredRevision
}

export async function revisionWorld(): Promise<RevisionWorld> {
  const made = documentOf(demoFiles(), await demoCertificates())
  const keys = { 'security-1': makeKey(), 'security-2': makeKey(), 'auditor-1': makeKey(), 'operator-1': makeKey() }
  const officers = made.officers.map(officer => ({ ...officer, key: bindingOfKey(keys[officer.id as Name]) }))
  const document = { ...made, officers }
  return {
    document,
    keys,
    genesis: makeRevision(GENESIS, null, document, []),
    next(previous, changed, signers) {
      const number = (previous.number + 1) as RevisionNumber
      const digest = approvalDigest(number, previous.digest, changed)
      return makeRevision(
        number,
        previous.digest,
        changed,
        signers.map(name => signApproval(id(name), digest, keys[name])),
      )
    },
  }
}

/** The same text with another digest beside it, or another text with its own digest. */
export const withContent = (revision: StoredRevision, content: string): StoredRevision => ({
  ...revision,
  content,
  digest: createHash('sha256').update(content).digest('hex') as Digest,
})
