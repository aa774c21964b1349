import type { KeyObject } from 'node:crypto'
import type { Digest } from '../domain/digest.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { signApproval } from '../identity/approval.ts'

/** A security officer's word that this is the digest that was compared on paper. It can never pass for a word on a change. */
export const signGenesis = (digest: Digest, officer: OfficerId, key: KeyObject): string =>
  signApproval(officer, digest, key, 'genesis')
