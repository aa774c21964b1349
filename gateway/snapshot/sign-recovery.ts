import type { KeyObject } from 'node:crypto'
import type { Digest } from '../domain/digest.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { signApproval } from '../identity/approval.ts'

/** A security officer's word on the digest of a recovery's text. It can never pass for a word on a change or a genesis. */
export const signRecovery = (recovery: Digest, officer: OfficerId, key: KeyObject): string =>
  signApproval(officer, recovery, key, 'recovery')
