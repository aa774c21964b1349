import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { uuidv7 } from 'uuidv7'
import { canonicalJson } from '../../configuration/canonical-json.ts'
import { editsBetween } from '../../configuration/edits.ts'
import type { Officer } from '../../configuration/objects.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import { instantOfMillis } from '../../domain/instant.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import { must } from '../../domain/result.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { insertRevision, newestRevision, readRevision } from '../../edge/postgres/revisions.ts'
import { bindingOfKey } from '../../pki/keys.ts'
import type { ChangeText } from '../../snapshot/change.ts'
import { makeRevision } from '../../snapshot/revision-text.ts'
import { signChange } from '../../snapshot/sign-change.ts'
import { verifyNext, verifyGenesis, type VerifiedRevision } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import type { ReadConfiguration } from '../serve/read-configuration.ts'

/**
 * Development only: where the directory or the development certificates have changed since the stored revision, writes the next
 * one, signed by two development officers whose keys lie in CERTS_DIR. The data plane verifies it like any other.
 * Null: nothing has changed.
 */
export async function bindAgain(
  database: Database,
  state: LocalStateFile,
  wanted: ReadConfiguration,
  certsDir: string,
): Promise<string | null> {
  const newest = await verifiedNewest(database, state)
  if (canonicalJson(newest.document) === canonicalJson(wanted.document)) return null
  if (newest.configuration.mode !== 'development')
    throw new Misuse(
      'only a development configuration is changed from its directory: a production one is changed by two officers',
    )
  const edits = editsBetween(newest.document, wanted.document)
  if (edits.length === 0)
    throw new Misuse('what genesis.yaml says is fixed by the genesis: put it back as it was, or start over')
  const [proposer, approver] = newest.configuration.officers.filter(
    officer => officer.roles.includes('security-officer') && !officer.disabled,
  )
  if (!proposer || !approver) throw new Misuse('the stored configuration has fewer than two active security officers')
  const text: ChangeText = {
    id: uuidv7() as ChangeId,
    base: { number: newest.number, digest: newest.digest },
    authors: [proposer.id],
    title: 'Development: the directory or the certificates changed',
    reason: 'Written at the start of a development gateway.',
    edits,
    applyAt: null,
  }
  const signatures = [
    signChange(text, 'propose', proposer.id, keyOf(proposer, certsDir, state)),
    signChange(text, 'approve', approver.id, keyOf(approver, certsDir, state)),
  ]
  const number = must(revisionNumber(newest.number + 1))
  await insertRevision(database, makeRevision(number, newest.digest, { text, signatures }))
  return `wrote revision ${number}, signed by two development officers`
}

async function verifiedNewest(database: Database, state: LocalStateFile): Promise<VerifiedRevision> {
  let verified: VerifiedRevision | null = null
  const newest = await newestRevision(database)
  for (let n = 0; n <= newest; n++) {
    const row = await readRevision(database, n)
    if (!row) throw new Misuse(`revision ${n} is missing in the database`)
    const stored = { ...row, number: must(revisionNumber(row.number)) }
    const { genesis } = state.state
    if (verified === null && genesis === null) throw new Misuse(`no genesis is pinned in ${state.path}`)
    const next: ReturnType<typeof verifyNext> = verified
      ? verifyNext(stored, verified, instantOfMillis(Date.now()))
      : verifyGenesis(stored, genesis ?? stored.digest)
    if (!next.ok) throw new Misuse(`revision ${n} cannot be obeyed (${next.error.reason}: ${next.error.detail})`)
    verified = next.value
  }
  if (!verified) throw new Misuse('there is no revision')
  return verified
}

function keyOf(officer: Officer, certsDir: string, state: LocalStateFile) {
  const path = join(certsDir, `officer.${officer.id}.key`)
  const startOver = `start over with an empty ${state.path.replace(/[^/]+$/, '')}`
  if (!existsSync(path)) throw new Misuse(`the key of ${officer.id} is missing (${path}): put it back, or ${startOver}`)
  const key = createPrivateKey(readFileSync(path, 'utf8'))
  if (bindingOfKey(key) !== officer.key)
    throw new Misuse(
      `${path} is not the key that the stored configuration knows for ${officer.id}: put it back, or ${startOver}`,
    )
  return key
}
