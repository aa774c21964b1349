import { beginAuthenticator, type Challenges, readAssertionOptions, verifyAuthenticator } from './authenticators.ts'
import {
  applyChange,
  approveChange,
  draftChange,
  editChange,
  listChanges,
  proposeChange,
  readChange,
  recoverOfficer,
  rejectChange,
  rollBack,
  withdrawChange,
} from './changes.ts'
import { description } from './description.ts'
import { docsPage, docsStyle } from './docs-page.ts'
import { listObjects, readObject } from './objects.ts'
import { listOfficers, readMe } from './officers.ts'
import { answer, type Handler } from './outcome.ts'
import { compareRevisions, listRevisions, readRevision } from './revisions.ts'
import type { OperationId } from './rights.ts'

/** What each operation of the document does; one that is not here does not compile. */
export function handlers(): Readonly<Record<OperationId, Handler>> {
  const challenges: Challenges = new Map()
  return {
    readDocs: () => answer(docsPage(), { 'content-type': 'text/html; charset=utf-8' }),
    readDocsStyle: () => answer(docsStyle, { 'content-type': 'text/css; charset=utf-8' }),
    readOpenapi: () => answer(description),
    readMe,
    beginAuthenticator: beginAuthenticator(challenges),
    verifyAuthenticator: verifyAuthenticator(challenges),
    listOfficers,
    recoverOfficer,
    listRevisions,
    readRevision,
    compareRevisions,
    rollBack,
    listObjects,
    readObject,
    listChanges,
    readChange,
    readAssertionOptions,
    draftChange,
    editChange,
    proposeChange,
    approveChange,
    rejectChange,
    withdrawChange,
    applyChange,
  }
}
