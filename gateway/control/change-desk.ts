import { hasLoneSurrogate } from '../configuration/lone-surrogate.ts'
import type { ChangeId } from '../domain/change-id.ts'
import { dayOf, type Instant } from '../domain/instant.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import type { OfficerEvent } from '../record/control-record.ts'
import type { ChangeSignature, ChangeText } from '../snapshot/change.ts'
import type { ChangePage, ChangeQuery, ChangeStore } from './change-store.ts'
import { admitOfficer } from './desk/admit-officer.ts'
import { approveChange } from './desk/approve-change.ts'
import { editChange } from './desk/edit-change.ts'
import { mayWrite } from './desk/may-write.ts'
import { nextRevision } from './desk/next-revision.ts'
import { proposeChange } from './desk/propose-change.ts'
import { recoveryOf, rollbackTo } from './desk/ready-drafts.ts'
import { type Act, type ActOnChange, ALLOWED_IN, type ChangeScene, type Scene } from './desk/scene.ts'
import { type Draft, writeText } from './desk/write-text.ts'
import type { DeskRefusal } from './desk-refusal.ts'
import type { LintSchemas } from './lint-services.ts'
import { digestOfChange } from './digest-of-change.ts'
import type { RevisionSource } from './revision-source.ts'
import type { StoredChange } from './stored-change.ts'

export type { Draft } from './desk/write-text.ts'

export interface DeskOptions {
  readonly store: ChangeStore
  readonly revisions: RevisionSource
  readonly now: () => Instant
  readonly newChangeId: () => ChangeId
  /** Compiles schemas where they can stall nobody. */
  readonly lintSchemas: LintSchemas
  /** Through which door the officers come. */
  readonly via: OfficerEvent['via']
}

export type DeskAnswer = Promise<Result<StoredChange, DeskRefusal>>

/** The most changes applied in one go: what is left comes with the next. */
const MOST_DUE = 100
/** Others may be faster with their revision; not for ever. */
const MOST_ATTEMPTS = 20
const MAX_WHY = 4000

/**
 * Where officers change the configuration. Each act is one compare-and-swap on the change's version, and durable together with its
 * event, done or refused, before it is answered. The officer is one who has been authenticated. The desk is there for good answers:
 * that no revision comes about without two officers is what the data plane sees to.
 * Every act rejects where the store cannot be asked or is in doubt: read the change again.
 */
export class ChangeDesk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  draft(officer: OfficerId, draft: Draft): DeskAnswer {
    return this.#begin('draft', officer, ({ newest }, id) => writeText(draft, id, [officer], newest))
  }

  /** Drafts the change that brings every object back to what it was at this revision. */
  rollback(officer: OfficerId, revision: RevisionNumber): DeskAnswer {
    return this.#begin('rollback', officer, async ({ newest }, id) => {
      const draft = rollbackTo(revision, await this.#options.revisions.documentAt(revision), newest)
      return draft.ok ? writeText(draft.value, id, [officer], newest) : draft
    })
  }

  /** Drafts the change that lets an idle officer act again; two others have to sign it. */
  recover(officer: OfficerId, idle: OfficerId): DeskAnswer {
    return this.#begin('recover', officer, ({ newest, now }, id) => {
      const draft = recoveryOf(idle, dayOf(now), newest)
      return draft.ok ? writeText(draft.value, id, [officer], newest) : draft
    })
  }

  /** Any edit takes all signatures off and makes a draft of it again. Who edits becomes one of its authors. */
  edit(officer: OfficerId, id: ChangeId, version: number, draft: Draft): DeskAnswer {
    return this.#act('edit', officer, id, version, scene => editChange(scene, draft))
  }

  /** Where one officer's word is enough (it only takes away) the change is approved by this, and applied if it is due. */
  async propose(officer: OfficerId, id: ChangeId, version: number, signature: ChangeSignature): DeskAnswer {
    const given = { ...signature }
    const proposed = await this.#act('propose', officer, id, version, scene =>
      proposeChange(scene, given, this.#options.lintSchemas),
    )
    return this.#applyIfApproved(officer, proposed)
  }

  /** Applied at once if it is due: the answer's state is then `applied`, or `superseded`. */
  async approve(officer: OfficerId, id: ChangeId, version: number, signature: ChangeSignature): DeskAnswer {
    const given = { ...signature }
    const approved = await this.#act('approve', officer, id, version, scene =>
      approveChange(scene, given, this.#options.lintSchemas),
    )
    return this.#applyIfApproved(officer, approved)
  }

  reject(officer: OfficerId, id: ChangeId, version: number, why: string): DeskAnswer {
    return this.#act('reject', officer, id, version, ({ actor, before }) => {
      if (!actor.roles.includes('security-officer'))
        return err({ reason: 'not-entitled', detail: 'security officers reject' })
      if (typeof why !== 'string' || why.length === 0 || why.length > MAX_WHY || hasLoneSurrogate(why))
        return err({ reason: 'malformed', detail: `why: 1 to ${MAX_WHY} characters` })
      return ok({ ...before, state: 'rejected', why })
    })
  }

  withdraw(officer: OfficerId, id: ChangeId, version: number): DeskAnswer {
    return this.#act('withdraw', officer, id, version, ({ before }) =>
      before.authors.includes(officer) || before.proposer === officer
        ? ok({ ...before, state: 'withdrawn' })
        : err({ reason: 'not-entitled', detail: 'its authors withdraw a change; others reject it' }),
    )
  }

  /** Applies an approved change that is due: what the office process does by itself a few seconds later. */
  async apply(officer: OfficerId, id: ChangeId, version: number): DeskAnswer {
    const scene = await this.#enter('apply', officer, id, version)
    if (!scene.ok) return this.#refuse('apply', officer, id, scene.error)
    const { actor, newest, before, now } = scene.value
    const entitled = mayWrite(actor, before.text, newest)
    if (!entitled.ok) return this.#refuse('apply', officer, id, entitled.error)
    await this.#options.store.touch(officer, now)
    return this.#apply(officer, before)
  }

  get(id: ChangeId): Promise<StoredChange | null> {
    return this.#options.store.read(id)
  }

  list(query: ChangeQuery): Promise<ChangePage> {
    return this.#options.store.list(query)
  }

  /**
   * Applies whatever is due, in the order of time; what cannot be applied any more is superseded. One process at a time should call
   * it: two do no harm, but are in each other's way.
   */
  async applyDue(): Promise<readonly StoredChange[]> {
    const { store, now, revisions } = this.#options
    const due = await store.due(now(), MOST_DUE)
    // While the stored revisions do not verify nothing can be built on them, and no change is to blame.
    if (due.length === 0 || (await revisions.newest()) === null) return []
    const done: StoredChange[] = []
    const thrown: unknown[] = []
    for (const id of due) {
      try {
        const change = await store.read(id)
        const applied = change?.state === 'approved' ? await this.#apply(null, change) : null
        if (applied?.ok) done.push(applied.value)
      } catch (fault) {
        // One that cannot even be read must not hold up the others.
        thrown.push(fault)
      }
    }
    if (thrown.length > 0) throw new AggregateError(thrown, `${thrown.length} changes could not be applied`)
    return done
  }

  /** An act that makes a new change. */
  async #begin(
    act: Act,
    officer: OfficerId,
    write: (scene: Scene, id: ChangeId) => Result<ChangeText, DeskRefusal> | Promise<Result<ChangeText, DeskRefusal>>,
  ): DeskAnswer {
    const scene = await this.#admit(officer)
    if (!scene.ok) return this.#refuse(act, officer, null, scene.error)
    const { actor, newest, now } = scene.value
    const text = await write(scene.value, this.#options.newChangeId())
    if (!text.ok) return this.#refuse(act, officer, null, text.error)
    const entitled = mayWrite(actor, text.value, newest)
    if (!entitled.ok) return this.#refuse(act, officer, null, entitled.error)
    const change: StoredChange = {
      id: text.value.id,
      version: 1,
      state: 'draft',
      text: text.value,
      authors: text.value.authors,
      proposer: null,
      approvers: [],
      signatures: [],
      why: null,
      conflicts: [],
      revision: null,
      createdAt: now,
      changedAt: now,
    }
    await this.#options.store.insert(change, this.#done(act, officer, null, change))
    await this.#options.store.touch(officer, now)
    return ok(change)
  }

  /** An act on a change that is there. */
  async #act(
    act: ActOnChange,
    officer: OfficerId,
    id: ChangeId,
    version: number,
    work: (scene: ChangeScene) => Result<StoredChange, DeskRefusal> | Promise<Result<StoredChange, DeskRefusal>>,
  ): DeskAnswer {
    const scene = await this.#enter(act, officer, id, version)
    if (!scene.ok) return this.#refuse(act, officer, id, scene.error)
    const { before, now } = scene.value
    const worked = await work(scene.value)
    if (!worked.ok) return this.#refuse(act, officer, id, worked.error)
    const after = { ...worked.value, version: before.version + 1, changedAt: now }
    if (!(await this.#options.store.replace(after, this.#done(act, officer, before, after))))
      return this.#refuseStale(act, officer, id)
    await this.#options.store.touch(officer, now)
    return ok(after)
  }

  /** Whoever may not act learns nothing of the change, not even its version. */
  async #enter(
    act: ActOnChange,
    officer: OfficerId,
    id: ChangeId,
    version: number,
  ): Promise<Result<ChangeScene, DeskRefusal>> {
    const scene = await this.#admit(officer)
    if (!scene.ok) return scene
    const before = await this.#options.store.read(id)
    if (!before) return err({ reason: 'not-found' })
    if (before.version !== version) return err({ reason: 'stale', version: before.version })
    const allowed: readonly string[] = ALLOWED_IN[act]
    if (!allowed.includes(before.state)) return err({ reason: 'wrong-state', state: before.state })
    return ok({ ...scene.value, before })
  }

  async #admit(id: OfficerId): Promise<Result<Scene, DeskRefusal>> {
    const { revisions, store } = this.#options
    const now = this.#options.now()
    const newest = await revisions.newest()
    if (!newest) return err({ reason: 'unverified' })
    const actor = await admitOfficer(id, newest.configuration.officers, known => store.seenAt(known, now), now)
    return actor.ok ? ok({ actor: actor.value, newest, now }) : actor
  }

  async #applyIfApproved(officer: OfficerId, answer: Result<StoredChange, DeskRefusal>): DeskAnswer {
    if (!answer.ok || answer.value.state !== 'approved') return answer
    const { value: approved } = answer
    const due = approved.text.applyAt === null || Date.parse(approved.text.applyAt) * 1000 <= this.#options.now()
    if (!due) return answer
    const applied = await this.#apply(officer, approved)
    // The approval stands, whoever else has applied the change or come first meanwhile.
    return applied.ok ? applied : ok((await this.#options.store.read(approved.id)) ?? approved)
  }

  /** Behind whatever revision is the newest by then; null: its time had come. */
  async #apply(officer: OfficerId | null, before: StoredChange): DeskAnswer {
    const { store, revisions } = this.#options
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const now = this.#options.now()
      const newest = await revisions.newest()
      if (!newest) return this.#refuse('apply', officer, before.id, { reason: 'unverified' })
      const next = nextRevision(before, newest, now)
      const moved = { ...before, version: before.version + 1, changedAt: now }
      if (!next.ok) {
        if (next.error.kind === 'not-due')
          return this.#refuse('apply', officer, before.id, { reason: 'not-due', applyAt: before.text.applyAt ?? '' })
        const { why, conflicts } = next.error
        const after: StoredChange = { ...moved, state: 'superseded', why, conflicts }
        const stored = await store.replace(after, this.#done('supersede', officer, before, after))
        return stored ? ok(after) : this.#refuseStale('apply', officer, before.id)
      }
      const after: StoredChange = { ...moved, state: 'applied', revision: next.value.number }
      const applied = await store.apply(after, next.value, this.#done('apply', officer, before, after))
      if (applied === 'applied') return ok(after)
      if (applied === 'stale') return this.#refuseStale('apply', officer, before.id)
    }
    throw new Error(`another revision came first, ${MOST_ATTEMPTS} times`)
  }

  async #refuseStale(act: Act, officer: OfficerId | null, id: ChangeId): DeskAnswer {
    const present = await this.#options.store.read(id)
    return this.#refuse(
      act,
      officer,
      id,
      present ? { reason: 'stale', version: present.version } : { reason: 'not-found' },
    )
  }

  /** A refused act is recorded before it is answered. */
  async #refuse(act: Act, officer: OfficerId | null, id: ChangeId | null, refusal: DeskRefusal): DeskAnswer {
    await this.#options.store.note({
      ...this.#event(act, officer, id),
      outcome: 'refused',
      reason: refusal.reason,
      was: null,
      is: null,
    })
    return err(refusal)
  }

  #done(act: Act, officer: OfficerId | null, before: StoredChange | null, after: StoredChange): OfficerEvent {
    return {
      ...this.#event(act, officer, after.id),
      outcome: 'done',
      reason: null,
      was: before ? digestOfChange(before) : null,
      is: digestOfChange(after),
    }
  }

  #event(act: Act, officer: OfficerId | null, change: ChangeId | null) {
    const via = officer === null ? 'schedule' : this.#options.via
    return { event: act, officer, via, change, actedAt: this.#options.now() }
  }
}
