import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { revisionNumber } from '../../../gateway/domain/revision-number.ts'
import { openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { insertRevision, newestRevision, readRevision } from '../../../gateway/edge/postgres/revisions.ts'
import { signApproval } from '../../../gateway/identity/approval.ts'
import { approvalDigest, makeRevision } from '../../../gateway/snapshot/revision-text.ts'
import type { World } from '../world/world.ts'
import { keyOf } from './certificates.ts'
import { eventually } from './scene.ts'

/**
 * Writes the next revision straight into the database, signed by these officers, whoever they are and however few: the data
 * plane has to look at the signatures itself.
 */
export async function writeRevision(
  world: World,
  edit: (document: ConfigurationDocument) => ConfigurationDocument,
  signers: readonly string[] = ['security-1', 'security-2'],
): Promise<number> {
  const database = openDatabase(world.database.adminUrl, { name: 'test' })
  try {
    const newest = await readRevision(database, await newestRevision(database))
    if (!newest) throw new Error('there is no revision')
    const { document } = JSON.parse(newest.content) as { document: ConfigurationDocument }
    const number = must(revisionNumber(newest.number + 1))
    const wanted = edit(document)
    const digest = approvalDigest(number, newest.digest, wanted)
    const approvals = signers.map(id =>
      signApproval(must(parseOfficerId(id)), digest, keyOf(world.certsDir, `officer.${id}`)),
    )
    await insertRevision(database, makeRevision(number, newest.digest, wanted, approvals))
    return number
  } finally {
    await database.close()
  }
}

/** The same, and waits until the gateway obeys it and has loaded the revocation lists for it. */
export async function applyRevision(
  world: World,
  edit: (document: ConfigurationDocument) => ConfigurationDocument,
): Promise<void> {
  const lines = (): readonly Record<string, unknown>[] =>
    world.gateway
      .log()
      .split('\n')
      .filter(line => line.startsWith('{') && line.endsWith('}'))
      .map(line => JSON.parse(line) as Record<string, unknown>)
  const number = await writeRevision(world, edit)
  const isObeyed = (log: ReturnType<typeof lines>): boolean => {
    const obeyed = log.findIndex(({ message, revision }) => message === 'obeying a revision' && revision === number)
    // New lists are a new epoch: what is under way then is decided and recorded once more.
    return obeyed >= 0 && log.slice(obeyed).some(({ message }) => message === 'loaded revocation lists')
  }
  await eventually(lines, isObeyed)
}

export const withAgreement =
  (id: string, change: Partial<ConfigurationDocument['agreements'][number]>) =>
  (document: ConfigurationDocument): ConfigurationDocument => ({
    ...document,
    agreements: document.agreements.map(agreement => (agreement.id === id ? { ...agreement, ...change } : agreement)),
  })

export const withSystem =
  (id: string, change: Partial<ConfigurationDocument['systems'][number]>) =>
  (document: ConfigurationDocument): ConfigurationDocument => ({
    ...document,
    systems: document.systems.map(system => (system.id === id ? { ...system, ...change } : system)),
  })
