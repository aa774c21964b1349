import type { LaneName } from '../domain/gateway-id.ts'
import { type KeyOfSize, verifySizedCheckpoint } from './checkpoint.ts'
import type { Finding, FindingKind } from './finding.ts'
import { EMPTY_ROOT, sameHash } from './hash.ts'
import type { StoredHead } from './lane-store.ts'

/** A head that someone else holds: the control lane, a witness, a receipt. Its signature is checked by who brings it. */
export interface NamedHead {
  readonly size: number
  readonly root: Uint8Array
  /** For people: `control lane, leaf 812`. */
  readonly where: string
}

/** What the leaves are measured against. */
export interface Truth {
  readonly size: number
  readonly root: Uint8Array
  /** Whether the lane's key vouches for it. */
  readonly signed: boolean
}

/** A head that the tree must have passed through. */
export interface Claim extends NamedHead {
  readonly source: 'kept' | 'named'
}

export interface ClaimedHeads {
  readonly truth: Truth
  /** Those not beyond the truth, by rising size. */
  readonly claims: readonly Claim[]
  readonly findings: readonly Finding[]
}

const BEHIND = { kept: 'head-behind-kept', named: 'head-behind-named' } as const satisfies Record<
  Claim['source'],
  FindingKind
>

/** Reads and compares all heads of a lane before any leaf is read. */
export function readClaimedHeads(
  lane: LaneName,
  keyOf: KeyOfSize,
  head: Pick<StoredHead, 'size' | 'root' | 'checkpoint'> | null,
  kept: readonly string[],
  named: readonly NamedHead[],
): ClaimedHeads {
  const findings: Finding[] = []
  const find = (kind: FindingKind, detail: string): void => void findings.push({ lane, kind, detail })

  const truth = readTruth(head, find)
  const claims: Claim[] = named.map(({ size, root, where }) => ({ size, root, where, source: 'named' }))
  for (const note of kept) {
    const signed = verifySizedCheckpoint(note, lane, keyOf)
    if (signed.ok) claims.push({ ...signed.value, where: 'the head kept beside the database', source: 'kept' })
    else find('unsigned-head', `kept head: ${signed.error}`)
  }
  for (const { source, size, where } of claims) {
    if (size > truth.size) find(BEHIND[source], `${truth.size} leaves are stored, ${size} in ${where}`)
  }
  const reached = claims.filter(claim => claim.size <= truth.size).sort((a, b) => a.size - b.size)
  return { truth, claims: reached, findings }

  function readTruth(row: typeof head, tell: typeof find): Truth {
    if (!row) {
      tell('head-missing', 'no head row is stored')
      return { size: 0, root: EMPTY_ROOT, signed: false }
    }
    const signed = verifySizedCheckpoint(row.checkpoint, lane, keyOf)
    if (!signed.ok) {
      tell('unsigned-head', signed.error)
      return { size: row.size, root: row.root, signed: false }
    }
    const { size, root } = signed.value
    if (row.size !== size || !sameHash(row.root, root))
      tell(
        'head-mismatch',
        `the row says ${row.size}, its signed checkpoint ${size}${row.size === size ? ' with another root' : ''}`,
      )
    return { size, root, signed: true }
  }
}
