import type { KeyObject } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import type { ConfigurationDocument, OfficerDocument } from '../../../gateway/configuration/document.ts'
import type { SchemaText } from '../../../gateway/configuration/objects.ts'
import { ChangeDesk, type Draft } from '../../../gateway/control/change-desk.ts'
import { VerifiedRevisions } from '../../../gateway/control/verified-revisions.ts'
import type { StoredChange } from '../../../gateway/control/stored-change.ts'
import type { ChangeId } from '../../../gateway/domain/change-id.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import { type OfficerId, parseOfficerId } from '../../../gateway/domain/officer-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import { type Database, openDatabase } from '../../../gateway/edge/postgres/database.ts'
import { PostgresChanges } from '../../../gateway/edge/postgres/changes.ts'
import { readOfficerEvents } from '../../../gateway/edge/postgres/officer-events.ts'
import { insertRevision } from '../../../gateway/edge/postgres/revisions.ts'
import { storedRevisions } from '../../../gateway/edge/postgres/stored-revisions.ts'
import { lintAside } from '../../../gateway/edge/schemas/lint-aside.ts'
import { bindingOfKey, makeKey } from '../../../gateway/pki/keys.ts'
import type { OfficerEvent } from '../../../gateway/record/control-record.ts'
import type { ChangeSignature, Verdict } from '../../../gateway/snapshot/change.ts'
import { makeGenesis } from '../../../gateway/snapshot/revision-text.ts'
import { signChange } from '../../../gateway/snapshot/sign-change.ts'
import { demoCertificates, demoFiles } from '../../unit/configuration/demo-directory.ts'
import { documentOf } from '../../unit/configuration/read-and-parse.ts'
import { freshDatabase } from '../database.ts'

/** The built one. */
const WORKER = new URL('../../../dist/gateway/edge/schemas/lint-worker.js', import.meta.url)
const lintSchemas = (schemas: readonly SchemaText[]) => lintAside(schemas, undefined, WORKER)

export const officerId = (name: string): OfficerId => must(parseOfficerId(name))

/** Who there is beside the demo's officers: roles, units, and who is disabled from the beginning. */
const OTHERS: readonly (readonly [string, Partial<OfficerDocument>])[] = [
  ['security-3', { roles: ['security-officer'] }],
  ['gone-1', { roles: ['security-officer'], disabled: true }],
  ['unit-21', { roles: ['unit-administrator'], units: ['G99.21'] }],
  ['unit-22', { roles: ['unit-administrator'], units: ['G99.22'] }],
]

/** A desk on a database of its own, with the demo world's genesis and officers whose keys are at hand. */
export interface DeskWorld {
  readonly database: Database
  readonly adminUrl: string
  readonly store: PostgresChanges
  readonly desk: ChangeDesk
  /** Another process at the same desk. */
  readonly otherDesk: ChangeDesk
  readonly revisions: VerifiedRevisions
  readonly keys: ReadonlyMap<string, KeyObject>
  readonly genesis: ConfigurationDocument
  now: Instant
  sign(change: StoredChange, verdict: Verdict, officer: string): ChangeSignature
  /** The draft of a change that suspends, or else changes, an agreement. */
  agreement(id: string, change: object): Promise<Draft>
  /** Drafted by the first, proposed by the second (the same one unless told). */
  proposed(draft: Draft, author?: string, proposer?: string): Promise<StoredChange>
  /** Acts recorded since the last call. */
  events(): Promise<readonly OfficerEvent[]>
  close(): Promise<void>
}

export async function deskWorld(): Promise<DeskWorld> {
  const made = documentOf(demoFiles(), await demoCertificates())
  const keys = new Map<string, KeyObject>()
  const keyed = (officer: OfficerDocument): OfficerDocument => {
    const key = makeKey()
    keys.set(officer.id, key)
    return { ...officer, key: bindingOfKey(key) }
  }
  const others = OTHERS.map(([id, rest]) => ({ id, name: id, roles: [], key: '', ...rest }))
  const officers = [...made.officers, ...others].map(keyed).sort((a, b) => (a.id < b.id ? -1 : 1))
  const genesis = { ...made, officers }
  const fresh = await freshDatabase()
  const database = openDatabase(fresh.runtimeUrl, { name: 'test' })
  const stored = makeGenesis(genesis)
  await insertRevision(database, stored)
  const store = new PostgresChanges(database)
  const deskOf = (): [ChangeDesk, VerifiedRevisions] => {
    const now = () => world.now
    const pinned = { genesis: stored.digest, highest: null }
    const revisions = new VerifiedRevisions(storedRevisions(database), pinned, now)
    const newChangeId = () => uuidv7() as ChangeId
    return [new ChangeDesk({ store, revisions, now, newChangeId, lintSchemas, via: 'office' }), revisions]
  }
  const [desk, revisions] = deskOf()
  const [otherDesk] = deskOf()
  let seen = 0
  const world: DeskWorld = {
    database,
    adminUrl: fresh.adminUrl,
    store,
    desk,
    otherDesk,
    revisions,
    keys,
    genesis,
    now: instantOfMillis(Date.parse('2026-11-22T08:00:00Z')),
    sign: (change, verdict, officer) => signChange(change.text, verdict, officerId(officer), keyIn(keys, officer)),
    async agreement(id, change) {
      const newest = await revisions.newest()
      const present = newest?.document.agreements.find(agreement => agreement.id === id)
      if (!present) throw new Error(`there is no agreement ${id}`)
      const edits = [{ kind: 'agreement' as const, id, value: { ...present, ...change } }]
      return { title: `Change ${id}`, reason: 'A test', edits, applyAt: null }
    },
    async proposed(draft, author = 'security-1', proposer = author) {
      const drafted = must(await desk.draft(officerId(author), draft))
      const signature = world.sign(drafted, 'propose', proposer)
      return must(await desk.propose(officerId(proposer), drafted.id, drafted.version, signature))
    },
    async events() {
      const waiting = await readOfficerEvents(database, seen, 10_000)
      seen = waiting.at(-1)?.number ?? seen
      return waiting.map(({ text }) => JSON.parse(text) as OfficerEvent)
    },
    async close() {
      await database.close()
      await fresh.drop()
    },
  }
  return world
}

function keyIn(keys: ReadonlyMap<string, KeyObject>, officer: string): KeyObject {
  const key = keys.get(officer)
  if (!key) throw new Error(`there is no officer ${officer}`)
  return key
}
