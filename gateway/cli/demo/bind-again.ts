import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '../../configuration/canonical-json.ts'
import type { Officer } from '../../configuration/objects.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import { must } from '../../domain/result.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { insertRevision, newestRevision, readRevision } from '../../edge/postgres/revisions.ts'
import { signApproval } from '../../identity/approval.ts'
import { bindingOfKey } from '../../pki/keys.ts'
import { approvalDigest, makeRevision } from '../../snapshot/revision-text.ts'
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
  const number = must(revisionNumber(newest.number + 1))
  const digest = approvalDigest(number, newest.digest, wanted.document)
  const approvals = newest.configuration.officers
    .filter(officer => officer.roles.includes('security-officer') && !officer.disabled)
    .slice(0, 2)
    .map(officer => signApproval(officer.id, digest, keyOf(officer, certsDir, state)))
  await insertRevision(database, makeRevision(number, newest.digest, wanted.document, approvals))
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
      ? verifyNext(stored, verified)
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
