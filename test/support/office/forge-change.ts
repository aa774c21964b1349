import { uuidv7 } from 'uuidv7'
import { VerifiedRevisions } from '../../../gateway/control/verified-revisions.ts'
import type { StoredChange } from '../../../gateway/control/stored-change.ts'
import { digestOfObject } from '../../../gateway/configuration/edits.ts'
import { parseChangeId } from '../../../gateway/domain/change-id.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { revisionNumber } from '../../../gateway/domain/revision-number.ts'
import { systemClock } from '../../../gateway/edge/clock.ts'
import { LocalStateFile } from '../../../gateway/edge/local-state.ts'
import { type Database, openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { insertRevision } from '../../../gateway/edge/postgres/revisions.ts'
import { storedRevisions } from '../../../gateway/edge/postgres/stored-revisions.ts'
import { makeKey } from '../../../gateway/pki/keys.ts'
import type { ChangeSignature, ChangeText } from '../../../gateway/snapshot/change.ts'
import { makeRevision } from '../../../gateway/snapshot/revision-text.ts'
import { signChange } from '../../../gateway/snapshot/sign-change.ts'
import type { VerifiedRevision } from '../../../gateway/snapshot/verify-revision.ts'
import { keyOf } from '../refusals/certificates.ts'
import type { World } from '../world/world.ts'

/** How a change comes to lack what it needs. */
export type Forgery = 'self-approval' | 'after an edit' | 'replayed' | 'disabled' | 'forged' | 'stale' | 'role' | 'unit'

/** A change that somebody who may write to the database has made up, with whatever keys there are. */
export interface ForgedChange {
  readonly text: ChangeText
  /** As an approved change of the desk. */
  readonly stored: StoredChange
  /** Writes it as the next revision; resolves to its number. */
  readonly insert: () => Promise<number>
  /** What the stored revisions are refused for. */
  readonly judge: () => Promise<string>
}

export type Forger = (forgery: Forgery) => Promise<ForgedChange>

/**
 * Gives more of `logistics-categories` (of unit G99.22). Officers of the world beside those of the demo: `gone-1`, a disabled
 * security officer, and `admin-21`, administrator of another unit.
 */
export const forger =
  (world: World): Forger =>
  async forgery => {
    const newest = await withRevisions(world, async revisions => {
      const found = await revisions.newest()
      if (!found) throw new Error('the revisions do not verify')
      return found
    })
    const honest = textOn(newest, 9000)
    const text: ChangeText =
      forgery === 'stale'
        ? { ...honest, edits: honest.edits.map(edit => ({ ...edit, was: digestOf('what was there before') })) }
        : forgery === 'unit'
          ? { ...honest, authors: [must(parseOfficerId('admin-21'))] }
          : honest
    const by = (officer: string, verdict: 'propose' | 'approve', of: ChangeText = text): ChangeSignature =>
      signChange(of, verdict, must(parseOfficerId(officer)), keyOf(world.certsDir, `officer.${officer}`))
    const earlier = { ...text, edits: textOn(newest, 5).edits }
    const signatures: Record<Forgery, readonly ChangeSignature[]> = {
      'self-approval': [by('security-1', 'propose'), by('security-1', 'approve')],
      'after an edit': [by('security-1', 'propose', earlier), by('security-2', 'approve', earlier)],
      replayed: [by('security-1', 'propose'), by('security-2', 'approve', textOn(newest, 9000))],
      disabled: [by('security-1', 'propose'), by('gone-1', 'approve')],
      forged: [by('security-1', 'propose'), signChange(text, 'approve', must(parseOfficerId('security-2')), makeKey())],
      stale: [by('security-1', 'propose'), by('security-2', 'approve')],
      role: [by('security-1', 'propose'), by('auditor-1', 'approve')],
      unit: [by('admin-21', 'propose'), by('security-2', 'approve')],
    }
    return {
      text,
      stored: storedOf(text, signatures[forgery]),
      insert: () =>
        withDatabase(world, async database => {
          const number = must(revisionNumber(newest.number + 1))
          const signed = { text, signatures: signatures[forgery] }
          await insertRevision(database, makeRevision(number, newest.digest, signed))
          return number
        }),
      judge: () =>
        withRevisions(world, async revisions => {
          if ((await revisions.newest()) !== null) return 'obeyed'
          return revisions.broken?.reason ?? 'unknown'
        }),
    }
  }

function textOn(newest: VerifiedRevision, perMinute: number): ChangeText {
  const id = 'logistics-categories'
  const present = newest.document.agreements.find(agreement => agreement.id === id)
  if (!present) throw new Error(`there is no ${id}`)
  const edit = {
    kind: 'agreement' as const,
    id,
    was: digestOfObject(present),
    value: { ...present, limits: { perMinute } },
  }
  return {
    id: must(parseChangeId(uuidv7())),
    base: { number: newest.number, digest: newest.digest },
    authors: [must(parseOfficerId('security-1'))],
    title: 'Forged',
    reason: 'Somebody who may write to the database says so.',
    edits: [edit],
    applyAt: null,
  }
}

const storedOf = (text: ChangeText, signatures: readonly ChangeSignature[]): StoredChange => {
  const now = systemClock().now()
  return {
    id: text.id,
    version: 3,
    state: 'approved',
    text,
    authors: text.authors,
    proposer: text.authors[0] ?? null,
    approvers: [must(parseOfficerId('security-2'))],
    signatures,
    why: null,
    conflicts: [],
    revision: null,
    createdAt: now,
    changedAt: now,
  }
}

async function withDatabase<T>(world: World, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase(world.database.adminUrl, { name: 'test' })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const withRevisions = <T>(world: World, work: (revisions: VerifiedRevisions) => Promise<T>): Promise<T> =>
  withDatabase(world, async database => {
    const { genesis } = new LocalStateFile(world.environment.DATA_DIR ?? '').state
    if (!genesis) throw new Error('no genesis is pinned')
    const now = () => systemClock().now()
    return work(new VerifiedRevisions(storedRevisions(database), { genesis, highest: null }, now))
  })
