import type { Database } from '../../edge/postgres/database.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import { insertRevision, newestRevision, readRevision } from '../../edge/postgres/revisions.ts'
import { GENESIS } from '../../domain/revision-number.ts'
import { makeGenesis } from '../../snapshot/revision-text.ts'
import { verifyGenesis } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import { formatErrors, type ReadConfiguration, readConfiguration } from './read-configuration.ts'

/**
 * Sees to it that there is a genesis, and that its digest is pinned on this machine.
 * The digest is pinned before the revision is stored: a crash between leaves a pin without a revision, and the next start makes the
 * same text again or says that it differs.
 */
export async function ensureGenesis(
  database: Database,
  state: LocalStateFile,
  read: () => ReadConfiguration,
): Promise<'made' | 'present' | 'adopted'> {
  if ((await newestRevision(database)) >= GENESIS)
    return state.state.genesis === null ? adopt(database, state) : 'present'
  if (state.state.highest !== null)
    throw new Misuse(
      `the database holds no revision, but ${state.path} has seen revision ${state.state.highest.number}: restore the database`,
    )
  const { document, configuration } = read()
  if (configuration.mode === 'production')
    throw new Misuse('a production genesis is made in a ceremony with two officers: see docs/decisions')
  const genesis = makeGenesis(document)
  state.write({ genesis: genesis.digest, highest: null })
  await insertRevision(database, genesis)
  return 'made'
}

/** Another gateway made the genesis. A development one is taken on trust; a production one has to be pinned by hand. */
async function adopt(database: Database, state: LocalStateFile): Promise<'adopted'> {
  const stored = await readRevision(database, GENESIS)
  if (!stored) throw new Misuse('the database has revisions but no genesis: restore it')
  const genesis = { ...stored, number: GENESIS }
  const verified = verifyGenesis(genesis, genesis.digest)
  if (!verified.ok) throw new Misuse(`the stored genesis cannot be read: ${verified.error.detail}`)
  if (verified.value.configuration.mode === 'production')
    throw new Misuse(`write the digest of the genesis, compared with its printed copy, into ${state.path}`)
  state.write({ genesis: genesis.digest, highest: null })
  return 'adopted'
}

/** The configuration of a directory; Misuse with all its errors where it does not hold together. */
export function mustRead(
  directory: string | null,
  certsDir: string,
  edit?: (text: string) => string,
): ReadConfiguration {
  if (directory === null)
    throw new Misuse('there is no configuration yet: set CONFIG_DIR to a directory of YAML (deploy/demo is an example)')
  const read = readConfiguration(directory, certsDir, edit)
  if (read.ok) return read.value
  throw new Misuse(
    `the configuration in ${directory} does not hold together (${read.error.length} errors):\n${formatErrors(read.error)}`,
  )
}
