import type { Database } from '../../edge/postgres/database.ts'
import type { LocalStateFile } from '../../edge/local-state.ts'
import { insertRevision, newestRevision, readRevision } from '../../edge/postgres/revisions.ts'
import { GENESIS } from '../../domain/revision-number.ts'
import { makeGenesis, type StoredRevision } from '../../snapshot/revision-text.ts'
import { readGenesis } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import { formatErrors, type ReadConfiguration, readConfiguration } from './read-configuration.ts'

/**
 * Sees to it that there is a genesis, and that its digest is pinned on this machine. Made here is only a development one; a
 * production one comes out of a ceremony (`lienthong genesis`).
 * The digest is pinned before the revision is stored: a crash between leaves a pin without a revision, and the next start makes the
 * same text again or says that it differs.
 */
export async function ensureGenesis(
  database: Database,
  state: LocalStateFile,
  read: () => ReadConfiguration,
): Promise<'made' | 'present' | 'adopted'> {
  const stored = await readRevision(database, GENESIS)
  if (stored) return takeStored({ ...stored, number: GENESIS }, state, isOnThisMachine(database.url))
  if ((await newestRevision(database)) > GENESIS)
    throw new Misuse('the database has revisions but no genesis: restore it')
  const { genesis: pinned, highest } = state.state
  if (highest !== null)
    throw new Misuse(
      `the database holds no revision, but ${state.path} has seen revision ${highest.number}: restore the database`,
    )
  const { document, configuration } = read()
  if (configuration.mode === 'production')
    throw new Misuse(
      'a production genesis comes out of a ceremony, not out of a start: lienthong genesis check, make, sign and install (docs/genesis-ceremony.md)',
    )
  const genesis = makeGenesis(document)
  if (pinned !== null && pinned !== genesis.digest)
    throw new Misuse(
      `the genesis that is pinned in ${state.path} is ${pinned}, and this directory makes ${genesis.digest}: install the pinned one (lienthong genesis install), or use another DATA_DIR`,
    )
  state.write({ genesis: genesis.digest, highest: null })
  await insertRevision(database, genesis)
  return 'made'
}

/** Another start or a ceremony made the genesis. A development one is taken on trust from a database of this machine; else it has to be pinned by hand. */
function takeStored(genesis: StoredRevision, state: LocalStateFile, isOwn: boolean): 'present' | 'adopted' {
  const pinned = state.state.genesis
  if (pinned !== null && pinned !== genesis.digest)
    throw new Misuse(
      `the genesis that is pinned in ${state.path} is ${pinned}, the stored one is ${genesis.digest}: use the database that belongs to this DATA_DIR; where the digest was typed wrongly, type it again (lienthong genesis pin)`,
    )
  if (pinned !== null) return 'present'
  const read = readGenesis(genesis)
  if (!read.ok) throw new Misuse(`the stored genesis cannot be read: ${read.error.detail}`)
  // The stored digest is not shown: whoever could have replaced the genesis would be the one who says what to type.
  if (read.value.configuration.mode === 'production')
    throw new Misuse(
      `the genesis of this database is a production one, and none is pinned in ${state.path}: type its digest from its printed copy, lienthong genesis pin DIGEST (docs/genesis-ceremony.md)`,
    )
  // Whoever has that database could have put a development genesis in the place of a production one.
  if (!isOwn)
    throw new Misuse(
      `no genesis is pinned in ${state.path}, and the database is on another machine: take the digest from the machine that made it (its state.json), lienthong genesis pin DIGEST`,
    )
  state.write({ genesis: genesis.digest, highest: null })
  return 'adopted'
}

/** A host that is absent is a socket of this machine. */
function isOnThisMachine(url: string): boolean {
  const { hostname } = new URL(url)
  return ['', 'localhost', '[::1]'].includes(hostname) || /^127\./.test(hostname)
}

/** The configuration of a directory; Misuse with all its errors where it does not hold together. */
export function mustRead(
  directory: string | null,
  certsDir: string,
  edit?: (text: string) => string,
): ReadConfiguration {
  if (directory === null)
    throw new Misuse(
      'there is no configuration yet: set CONFIG_DIR to a directory of YAML (deploy/demo is an example), or install a production genesis (docs/genesis-ceremony.md)',
    )
  const read = readConfiguration(directory, certsDir, edit)
  if (read.ok) return read.value
  throw new Misuse(
    `the configuration in ${directory} does not hold together (${read.error.length} errors):\n${formatErrors(read.error)}`,
  )
}
