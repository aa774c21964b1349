import { uuidv7 } from 'uuidv7'
import { ChangeDesk } from '../../control/change-desk.ts'
import { VerifiedRevisions } from '../../control/verified-revisions.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import { type Digest, parseDigest } from '../../domain/digest.ts'
import { systemClock } from '../../edge/clock.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { PostgresChanges } from '../../edge/postgres/changes.ts'
import { noteRead } from '../../edge/postgres/officer-events.ts'
import { PostgresReplays } from '../../edge/postgres/replays.ts'
import { storedRevisions } from '../../edge/postgres/stored-revisions.ts'
import { lintAside } from '../../edge/schemas/lint-aside.ts'
import { Misuse } from '../misuse.ts'
import { readSettings, type Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'

/** The desk as a command has it: the stored revisions are verified from the pinned genesis on. */
export interface CommandDesk {
  readonly desk: ChangeDesk
  readonly store: PostgresChanges
  readonly revisions: VerifiedRevisions
  readonly replays: PostgresReplays
  /** Notes that this command reads the log, in words of ours. */
  readonly noteRead: (what: string) => Promise<void>
}

/** Throws Misuse where nothing is pinned: whoever signs on unverified revisions signs anything. */
export function withDesk<T>(
  environment: NodeJS.ProcessEnv,
  genesis: string | undefined,
  work: (desk: CommandDesk) => Promise<T>,
): Promise<T> {
  const settings = readSettings(environment)
  return withStore(settings, database => work(openDesk(database, settings, genesis)))
}

export function openDesk(database: Database, { dataDir }: Settings, genesis: string | undefined): CommandDesk {
  const { state, path } = new LocalStateFile(dataDir)
  const named = genesis === undefined ? null : readGenesis(genesis)
  const pinned = state.genesis ?? named
  if (pinned === null)
    throw new Misuse(`no genesis is pinned in ${path}: name its digest, from its printed copy, with --genesis`)
  if (named !== null && named !== pinned) throw new Misuse(`--genesis: another genesis is pinned in ${path}`)
  const clock = systemClock()
  const now = () => clock.now()
  const store = new PostgresChanges(database)
  const revisions = new VerifiedRevisions(storedRevisions(database), { genesis: pinned, highest: state.highest }, now)
  const newChangeId = (): ChangeId => uuidv7() as ChangeId
  const desk = new ChangeDesk({ store, revisions, now, newChangeId, lintSchemas: lintAside, via: 'command' })
  const replays = new PostgresReplays(database)
  return { desk, store, revisions, replays, noteRead: what => noteRead(database, what) }
}

function readGenesis(text: string): Digest {
  const digest = parseDigest(text)
  if (!digest.ok) throw new Misuse(`--genesis: ${digest.error}`)
  return digest.value
}
