import type { KeyObject } from 'node:crypto'
import type { OfficerId } from '../domain/officer-id.ts'
import { signApproval } from '../identity/approval.ts'
import { type ChangeSignature, changeDigest, type ChangeText, type Verdict } from './change.ts'

/** An officer's word on exactly this change, by the officer's own key. */
export const signChange = (
  text: ChangeText,
  verdict: Verdict,
  officer: OfficerId,
  key: KeyObject,
): ChangeSignature => ({ verdict, jws: signApproval(officer, changeDigest(text, verdict), key) })
