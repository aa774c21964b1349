import { uuidv7 } from 'uuidv7'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { applyEdits, editsBetween } from '../../../gateway/configuration/edits.ts'
import { parseChangeId } from '../../../gateway/domain/change-id.ts'
import { parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { revisionNumber } from '../../../gateway/domain/revision-number.ts'
import { type Database, openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { insertRevision, newestRevision, readRevisions } from '../../../gateway/edge/postgres/revisions.ts'
import type { ChangeText, SignedChange } from '../../../gateway/snapshot/change.ts'
import { makeRevision } from '../../../gateway/snapshot/revision-text.ts'
import { signChange } from '../../../gateway/snapshot/sign-change.ts'
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
    const newest = await readNewest(database)
    const number = must(revisionNumber(newest.number + 1))
    const text: ChangeText = {
      id: must(parseChangeId(uuidv7())),
      base: { number: newest.number, digest: newest.digest },
      authors: [must(parseOfficerId(signers[0] ?? 'security-1'))],
      title: 'A test',
      reason: 'A test changes the configuration.',
      edits: editsBetween(newest.document, edit(newest.document)),
      applyAt: null,
    }
    const signatures = signers.map((id, n) =>
      signChange(
        text,
        n === 0 ? 'propose' : 'approve',
        must(parseOfficerId(id)),
        keyOf(world.certsDir, `officer.${id}`),
      ),
    )
    await insertRevision(database, makeRevision(number, newest.digest, { text, signatures }))
    return number
  } finally {
    await database.close()
  }
}

/** The newest revision and what its chain of changes makes of the genesis. */
async function readNewest(database: Database) {
  const revisions = await readRevisions(database, 0, await newestRevision(database), 10_000)
  let document: ConfigurationDocument | null = null
  for (const { content } of revisions) {
    const held = JSON.parse(content) as { document?: ConfigurationDocument; change?: SignedChange }
    document = document === null ? (held.document ?? null) : must(applyEdits(document, held.change?.text.edits ?? []))
  }
  const newest = revisions.at(-1)
  if (!newest || !document) throw new Error('there is no revision')
  return { number: must(revisionNumber(newest.number)), digest: newest.digest, document }
}

/** The same, and waits until the gateway obeys it. */
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
  await eventually(lines, log =>
    log.some(({ message, revision }) => message === 'obeying a revision' && revision === number),
  )
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
