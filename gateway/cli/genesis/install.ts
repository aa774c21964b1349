import { Command } from 'commander'
import { resolve } from 'node:path'
import type { Digest } from '../../domain/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { GENESIS } from '../../domain/revision-number.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { stopUnused } from '../../edge/postgres/embedded/stop-unused.ts'
import { insertRevision, newestRevision } from '../../edge/postgres/revisions.ts'
import type { StoredRevision } from '../../snapshot/revision-text.ts'
import { verifyGenesis } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import { jsonOption } from '../pki/options.ts'
import { refuse, report } from '../pki/refuse.ts'
import { openStore } from '../serve/open-store.ts'
import { readSettings, type Settings } from '../settings.ts'
import { readGenesisFile } from './genesis-file.ts'
import { readPaperDigest } from './paper-digest.ts'

interface Flags {
  readonly digest?: Digest
  readonly json?: true
}

export const installCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('install')
    .description('Puts the genesis that all security officers signed into an empty database, and pins its digest here')
    .argument('<file>', 'what `genesis make` wrote, with the signatures beside it')
    .option('--digest <digest>', 'the digest, typed from paper; not needed where it is pinned', readPaperDigest)
    .addOption(jsonOption())
    .action(async (file: string, flags: Flags) => {
      const json = flags.json === true
      const settings = readSettings(environment)
      const genesis = readGenesisFile(resolve(file))
      if (!genesis.ok) return refuse(genesis.error, json)
      const { stored } = genesis.value
      const state = new LocalStateFile(settings.dataDir)
      const named = namedDigest(flags.digest, state)
      if (!named.ok) return refuse(named.error, json)
      const verified = verifyGenesis(stored, named.value)
      if (!verified.ok) return refuse(verified.error.detail, json)
      const installed = await withEmptyStore(settings, database => install(database, state, stored))
      if (!installed.ok) return refuse(installed.error, json)
      const { officers } = verified.value
      report(
        { digest: stored.digest, signed: officers, pinned: state.path },
        [
          `installed revision 0, signed by ${officers.join(', ')}`,
          `its digest is pinned in ${state.path}`,
          'next: lienthong serve --role office here; lienthong genesis pin DIGEST on every other machine',
        ],
        json,
      )
    })

/** What the paper says, or this machine already knows: a file that names its own officers proves nothing by itself. */
function namedDigest(typed: Digest | undefined, { state, path }: LocalStateFile): Result<Digest> {
  const digest = typed ?? state.genesis
  if (digest === null || digest === undefined)
    throw new Misuse('name the digest of the genesis, typed from its printed copy: --digest "..."')
  return state.genesis !== null && state.genesis !== digest
    ? err(`another genesis is pinned in ${path}: ${state.genesis}`)
    : ok(digest)
}

/** A crash behind the pin leaves it without a revision: the same call again goes on. */
async function install(database: Database, state: LocalStateFile, genesis: StoredRevision): Promise<Result<null>> {
  const newest = await newestRevision(database)
  if (newest >= GENESIS) return err(`the database holds revision ${newest} already: a genesis is installed once`)
  const before = state.state
  if (before.highest !== null)
    return err(
      `${state.path} has seen revision ${before.highest.number}: restore its database, or use another DATA_DIR`,
    )
  state.write({ genesis: genesis.digest, highest: null })
  const inserted = await insertRevision(database, genesis)
  if (inserted === 'inserted') return ok(null)
  state.write(before)
  return err('somebody else has just installed a genesis')
}

/** The embedded database is made where there is none yet, and stopped again. */
async function withEmptyStore<T>(settings: Settings, work: (database: Database) => Promise<T>): Promise<T> {
  const store = await openStore(settings, () => undefined, 'office')
  try {
    return await work(store.database)
  } finally {
    await store.database.close()
    if (store.embedded) await stopUnused(store.embedded)
  }
}
