import type { Role } from '../domain/officer-id.ts'

const READERS = ['security-officer', 'auditor', 'operator', 'observer'] as const
const EVERYBODY = [...READERS, 'unit-administrator'] as const
/** Who may write changes. What may stand in them is judged object by object (snapshot/judge-change.ts). */
const WRITERS = ['security-officer', 'unit-administrator'] as const
const SECURITY = ['security-officer'] as const
const REPLAYERS = ['security-officer', 'auditor'] as const
const LOG_READERS = [...REPLAYERS, 'unit-administrator'] as const

/**
 * Which role may call which operation of schemas/office/openapi.json: all of it, in one place. A unit administrator sees and
 * changes only what is of its units (scope.ts). Nobody gets more by this than the data plane lets them have: a change is what its
 * signatures make of it.
 */
export const RIGHTS = {
  readDocs: EVERYBODY,
  readDocsStyle: EVERYBODY,
  readOpenapi: EVERYBODY,
  readMe: EVERYBODY,
  beginSession: EVERYBODY,
  openSession: EVERYBODY,
  endSession: EVERYBODY,
  beginAuthenticator: EVERYBODY,
  verifyAuthenticator: EVERYBODY,
  listOfficers: ['security-officer', 'auditor', 'operator'],
  listRevisions: READERS,
  readRevision: READERS,
  compareRevisions: READERS,
  listObjects: EVERYBODY,
  readObject: EVERYBODY,
  listAgreements: EVERYBODY,
  // It says no more than the objects do; under a change (explain.ts) to those who may read that. Operators are asked at night why a
  // call was refused.
  explainDecision: ['security-officer', 'auditor', 'operator', 'unit-administrator'],
  // The log, or what comes of it: of a service to its owner (usage.ts). Replays are over all units.
  readUsage: LOG_READERS,
  readWithheld: LOG_READERS,
  listUnused: LOG_READERS,
  // Records of everybody, with what their payloads can be tried with.
  readPack: ['auditor'],
  makePack: ['auditor'],
  createReplay: REPLAYERS,
  readReplay: REPLAYERS,
  streamDifferences: REPLAYERS,
  cancelReplay: REPLAYERS,
  listAlerts: ['security-officer', 'auditor', 'operator'],
  // Who signed what an alert is about is refused by review/alerts/review-alert.ts.
  reviewAlert: ['security-officer', 'auditor'],
  // Drafts are nobody's business but those who write, sign or review them.
  listChanges: [...WRITERS, 'auditor'],
  readChange: [...WRITERS, 'auditor'],
  readAssertionOptions: WRITERS,
  draftChange: WRITERS,
  editChange: WRITERS,
  proposeChange: WRITERS,
  withdrawChange: WRITERS,
  applyChange: WRITERS,
  approveChange: SECURITY,
  rejectChange: SECURITY,
  rollBack: SECURITY,
  recoverOfficer: SECURITY,
} as const satisfies Record<string, readonly Role[]>

export type OperationId = keyof typeof RIGHTS

export const isOperationId = (text: string): text is OperationId => Object.hasOwn(RIGHTS, text)

export const mayCall = (roles: readonly Role[], operation: OperationId): boolean =>
  (RIGHTS[operation] as readonly Role[]).some(role => roles.includes(role))

export const operationsOf = (roles: readonly Role[]): readonly OperationId[] =>
  (Object.keys(RIGHTS) as OperationId[]).filter(operation => mayCall(roles, operation))
