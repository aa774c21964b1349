import { listAgreements } from './agreements.ts'
import { listAlerts, reviewOneAlert } from './alerts.ts'
import { beginAuthenticator, readAssertionOptions, verifyAuthenticator } from './authenticators.ts'
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
import { explainDecision } from './explain.ts'
import { listObjects, readObject } from './objects.ts'
import { listOfficers, readMe } from './officers.ts'
import { answer, type Handler } from './outcome.ts'
import { makePack, readPack } from './packs.ts'
import { cancelReplay, createReplay, readReplay, streamDifferences } from './replays.ts'
import { compareRevisions, listRevisions, readRevision } from './revisions.ts'
import type { OperationId } from './rights.ts'
import { beginSession, endSession, openSession } from './sessions.ts'
import { listUnused, readUsage, readWithheld } from './usage.ts'

/** What each operation of the document does; one that is not here does not compile. */
export function handlers(): Readonly<Record<OperationId, Handler>> {
  return {
    readDocs: () => answer(docsPage(), { 'content-type': 'text/html; charset=utf-8' }),
    readDocsStyle: () => answer(docsStyle, { 'content-type': 'text/css; charset=utf-8' }),
    readOpenapi: () => answer(description),
    readMe,
    beginSession,
    openSession,
    endSession,
    beginAuthenticator,
    verifyAuthenticator,
    listOfficers,
    recoverOfficer,
    listRevisions,
    readRevision,
    compareRevisions,
    rollBack,
    listObjects,
    readObject,
    listAgreements,
    explainDecision,
    readUsage,
    readWithheld,
    listUnused,
    readPack,
    makePack,
    createReplay,
    readReplay,
    streamDifferences,
    cancelReplay,
    listAlerts,
    reviewAlert: reviewOneAlert,
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
