import type { Role } from '../domain/officer-id.ts'

const READERS = ['security-officer', 'auditor', 'operator', 'observer'] as const
const EVERYBODY = [...READERS, 'unit-administrator'] as const
/** Who may write changes. What may stand in them is judged object by object (snapshot/judge-change.ts). */
const WRITERS = ['security-officer', 'unit-administrator'] as const
const SECURITY = ['security-officer'] as const

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
  beginAuthenticator: EVERYBODY,
  verifyAuthenticator: EVERYBODY,
  listOfficers: ['security-officer', 'auditor', 'operator'],
  listRevisions: READERS,
  readRevision: READERS,
  compareRevisions: READERS,
  listObjects: EVERYBODY,
  readObject: EVERYBODY,
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
