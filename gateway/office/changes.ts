import type { ChangeDesk, DeskAnswer, Draft } from '../control/change-desk.ts'
import type { ChangeState, StoredChange } from '../control/stored-change.ts'
import { type ChangeId } from '../domain/change-id.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { RevisionNumber } from '../domain/revision-number.ts'
import { type Assertion } from '../identity/check-assertion.ts'
import { changeDigest, type ChangeSignature, type Verdict } from '../snapshot/change.ts'
import { createOnce } from './create-once.ts'
import { etagOf, readIfMatch } from './if-match.ts'
import { answer, type Call, type Handler, numberOf, type Outcome, PAGE, refuse, textOf } from './outcome.ts'
import { problemOfDesk } from './problem-of-desk.ts'
import { seesAll, seesChange } from './scope.ts'
import { showChange, summariseChange } from './show-change.ts'
import { showReplayOfChange } from './show-replay.ts'

/** How many pages of others' changes are passed over to fill one page of an officer who sees few. */
const MOST_PAGES = 20

export const listChanges: Handler = async call => {
  const { officer, newest, parameters } = call
  const limit = numberOf(call, 'limit', PAGE)
  const state = (parameters.state ?? null) as ChangeState | null
  const seen: StoredChange[] = []
  let cursor = (parameters.cursor ?? null) as ChangeId | null
  const pages = seesAll(officer) ? 1 : MOST_PAGES
  for (let page = 0; page < pages; page++) {
    const read = await deskOf(call).list({ state, cursor, limit: limit - seen.length })
    seen.push(...read.changes.filter(change => seesChange(officer, change, newest.document)))
    cursor = read.cursor
    if (cursor === null || seen.length === limit) break
  }
  return answer({ changes: seen.map(summariseChange), cursor })
}

export const readChange: Handler = async call => {
  const found = await findChange(call)
  if (!found.ok) return found.error
  const change = found.value
  // Of exactly this text: behind an edit it is another one.
  const replay = await call.ports.replays.ofProposal(change.id, changeDigest(change.text, 'propose'))
  const outcome = shown(call, change)
  return { ...outcome, body: { ...outcome.body, replay: showReplayOfChange(replay, call.officer) } }
}

export const draftChange: Handler = call => created(call, desk => desk.draft(call.officer.id, draftOf(call)))

export const rollBack: Handler = call =>
  created(call, desk => desk.rollback(call.officer.id, numberOf(call, 'revision', 0) as RevisionNumber))

export const recoverOfficer: Handler = call =>
  created(call, desk => desk.recover(call.officer.id, textOf(call, 'officer') as OfficerId))

export const editChange: Handler = call =>
  acted(call, (desk, id, version) => desk.edit(call.officer.id, id, version, draftOf(call)))

export const proposeChange: Handler = async call => {
  const outcome = await acted(call, (desk, id, version) =>
    desk.propose(call.officer.id, id, version, signatureOf(call, 'propose')),
  )
  // A proposal carries its replay.
  if (outcome.kind === 'answer') call.ports.onReplayAsked()
  return outcome
}

export const approveChange: Handler = call =>
  acted(call, (desk, id, version) => desk.approve(call.officer.id, id, version, signatureOf(call, 'approve')))

export const rejectChange: Handler = call =>
  acted(call, (desk, id, version) =>
    desk.reject(call.officer.id, id, version, (call.body as { readonly why: string }).why),
  )

export const withdrawChange: Handler = call =>
  acted(call, (desk, id, version) => desk.withdraw(call.officer.id, id, version))

export const applyChange: Handler = call => acted(call, (desk, id, version) => desk.apply(call.officer.id, id, version))

/** The change that the path names; one that the officer may not see looks like one that is not there. */
export async function findChange(call: Call): Promise<Result<StoredChange, Outcome>> {
  const id = textOf(call, 'change') as ChangeId
  const change = await deskOf(call).get(id)
  return change && seesChange(call.officer, change, call.newest.document)
    ? ok(change)
    : err({ ...refuse('not-found'), change: id })
}

/** An act on the version that was read. What the desk did or refused it has recorded. */
async function acted(
  call: Call,
  act: (desk: ChangeDesk, id: ChangeId, version: number) => DeskAnswer,
): Promise<Outcome> {
  const version = readIfMatch(call.header('if-match'))
  if (!version.ok) return { kind: 'refused', occurrence: version.error, change: textOf(call, 'change') as ChangeId }
  const change = await findChange(call)
  if (!change.ok) return change.error
  const done = await act(deskOf(call), change.value.id, version.value)
  return done.ok
    ? { ...shown(call, done.value), recorded: true }
    : { kind: 'refused', occurrence: problemOfDesk(done.error), recorded: true }
}

async function created(call: Call, make: (desk: ChangeDesk) => DeskAnswer): Promise<Outcome> {
  const made = await createOnce(call, make)
  if (!made.ok) {
    const { occurrence, recorded } = made.error
    return { kind: 'refused', occurrence, ...(recorded ? { recorded } : {}) }
  }
  const { change, now } = made.value
  return {
    ...shown(call, change, { location: `/api/v1/changes/${change.id}` }),
    status: 201,
    ...(now ? { recorded: true } : {}),
  }
}

const shown = ({ newest }: Call, change: StoredChange, headers: Readonly<Record<string, string>> = {}) => ({
  kind: 'answer' as const,
  status: 200 as const,
  headers: { etag: etagOf(change.version), ...headers },
  body: showChange(change, newest.document),
  change: change.id,
})

const deskOf = ({ ports }: Call): ChangeDesk => ports.desk(ports.newChangeId)

/** `applyAt` may be left out. */
const draftOf = ({ body }: Call): Draft => ({ applyAt: null, ...(body as unknown as Omit<Draft, 'applyAt'>) })

/** An assertion is the caller's own, or it is nobody's: whose authenticator it is the desk finds out. */
function signatureOf({ body, officer }: Call, verdict: Verdict): ChangeSignature {
  const given = body as unknown as { readonly jws: string } | { readonly webauthn: Omit<Assertion, 'officer'> }
  return 'jws' in given
    ? { verdict, jws: given.jws }
    : { verdict, webauthn: { officer: officer.id, ...given.webauthn } }
}
