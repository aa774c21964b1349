import { Command } from 'commander'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { type Digest, digestOf, parseDigest } from '../../domain/digest.ts'
import { formatInstant } from '../../domain/instant.ts'
import { systemClock } from '../../edge/clock.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { logSource } from '../../edge/postgres/log-source.ts'
import {
  insertRecovery,
  insertRecoverySignature,
  readWitnessEvents,
  type WitnessEvent,
} from '../../edge/postgres/witness-events.ts'
import { WitnessMemory } from '../../edge/witness/witness-memory.ts'
import { encodeBase64 } from '../../log/base64.ts'
import { parseCheckpoint } from '../../log/checkpoint.ts'
import type { Officer } from '../../configuration/objects.ts'
import { bindingOfKey } from '../../pki/keys.ts'
import { createPublicKey } from 'node:crypto'
import {
  judgeRecovery,
  parseConflict,
  parseRecovery,
  type Recovery,
  type WitnessConflict,
} from '../../snapshot/recovery.ts'
import { signRecovery } from '../../snapshot/sign-recovery.ts'
import { type Acting, asOfficer, type OfficerOptions, readOfficer } from '../change/officer.ts'
import { openDesk } from '../change/open-desk.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { describeConflict } from '../serve/describe-conflict.ts'
import { readSettings, type Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'

interface RecoverOptions extends OfficerOptions {
  readonly why?: string
  readonly id?: string
}

/** What one officer's call leads to. */
interface Outcome {
  readonly id: Digest
  readonly text: string
  readonly signedBy: readonly string[]
  readonly complete: boolean
}

export const recoverCommand = (environment: NodeJS.ProcessEnv): Command =>
  asOfficer(new Command('recover'))
    .description(
      'Signs that the log goes on although a witness holds another one. Two security officers sign the same recovery: the first says --why, the second names it with --id',
    )
    .option('--why <text>', 'the first: what happened, and how that is known')
    .option('--id <digest>', 'the second: the recovery that the first one printed')
    .action(async (options: RecoverOptions) => {
      if ((options.why === undefined) === (options.id === undefined))
        throw new Misuse('either --why (the first officer) or --id (the second)')
      const settings = readSettings(environment)
      const officer = await readOfficer(options)
      const outcome = await withStore(settings, database => recover(database, settings, officer, options))
      if (typeof outcome === 'string') {
        if (options.json) console.log(JSON.stringify({ good: false, reason: outcome }))
        else process.stderr.write(`lienthong: ${outcome}\n`)
        process.exitCode = EXIT.foundWrong
        return
      }
      if (options.json)
        console.log(JSON.stringify({ good: true, ...outcome, recovery: JSON.parse(outcome.text) as unknown }))
      else print(outcome)
    })

/** What came of it, or why nothing was signed. */
async function recover(
  database: Database,
  settings: Settings,
  officer: Acting,
  options: RecoverOptions,
): Promise<Outcome | string> {
  const desk = openDesk(database, settings, options.genesis)
  const newest = await desk.revisions.newest()
  if (!newest) throw new Misuse('the stored configuration cannot be verified: see `lienthong doctor`')
  const { officers } = newest.configuration
  const notEntitled = whyNot(officer, officers)
  if (notEntitled !== null) return notEntitled
  const { genesis } = new LocalStateFile(settings.dataDir).state
  if (genesis === null) throw new Misuse(`no genesis is pinned in ${settings.dataDir}`)
  const events = await readWitnessEvents(database)
  const text =
    options.id === undefined
      ? await draft(database, settings, genesis, events, options.why ?? '')
      : (events.find(({ kind, subject }) => kind === 'recovery' && subject === readId(options.id ?? ''))?.body ?? null)
  if (text === null)
    return options.id === undefined
      ? 'no witness holds another log: there is nothing to recover from'
      : 'there is no such recovery'
  const recovery = parseRecovery(text)
  if (!recovery.ok || recovery.value.genesis !== genesis) return 'that is no recovery of this installation'
  const id = digestOf(text)
  const signatures = [...signaturesOf(events, id), signOrMisuse(() => signRecovery(id, officer.id, officer.key))]
  if (options.id === undefined) await insertRecovery(database, text)
  else if (judgeRecovery(text, signatures, genesis, officers).ok === false)
    return 'the same officer does not sign twice: another security officer has to'
  await insertRecoverySignature(database, id, signatures.at(-1) ?? '')
  const judged = judgeRecovery(text, signatures, genesis, officers)
  return { id, text, signedBy: judged.ok ? judged.value.officers : [officer.id], complete: judged.ok }
}

/** The text for the first officer: every conflict that nobody has recovered yet, and where the log stands now. Null: there is none. */
async function draft(
  database: Database,
  { dataDir }: Settings,
  genesis: Digest,
  events: readonly WitnessEvent[],
  why: string,
): Promise<string | null> {
  if (why.trim() === '' || why.length > 2_000) throw new Misuse('--why: say what happened, in at most 2,000 characters')
  const memory = new WitnessMemory(dataDir)
  const stored = events.filter(({ kind, subject, body }) => kind === 'conflict' && digestOf(body) === subject)
  const ended = new Set(memory.known.recoveries.flatMap(text => endedBy(text)))
  const texts = [...new Set([...memory.known.conflicts, ...stored.map(({ body }) => body)])]
  const conflicts = texts.flatMap(text => {
    const conflict = parseConflict(text)
    return conflict.ok && !ended.has(digestOf(text)) ? [named(digestOf(text), conflict.value)] : []
  })
  const lane = conflicts.length === 0 ? null : await logSource(database).lane(CONTROL_LANE)
  const head = lane && parseCheckpoint(lane.checkpoint)
  if (!head?.ok) return null
  const recovery: Recovery = {
    v: 1,
    purpose: 'lienthong-recovery',
    genesis,
    conflicts,
    goesOnFrom: { size: head.value.size, root: encodeBase64(head.value.root) },
    why,
    at: formatInstant(systemClock().now()),
  }
  return JSON.stringify(recovery)
}

const named = (id: Digest, { witness, kind, held, seenAt }: WitnessConflict): Recovery['conflicts'][number] => ({
  id,
  witness,
  kind,
  held,
  seenAt,
})

function endedBy(text: string): readonly Digest[] {
  const recovery = parseRecovery(text)
  return recovery.ok ? recovery.value.conflicts.map(({ id }) => id) : []
}

const signaturesOf = (events: readonly WitnessEvent[], id: Digest): readonly string[] =>
  events.filter(({ kind, subject }) => kind === 'signature' && subject === id).map(({ body }) => body)

function whyNot({ id, key }: Acting, officers: readonly Officer[]): string | null {
  const officer = officers.find(candidate => candidate.id === id)
  if (!officer || officer.disabled) return `${id} is no active officer`
  if (!officer.roles.includes('security-officer')) return `${id} is no security officer`
  return officer.key === bindingOfKey(createPublicKey(key)) ? null : `the key is not that of ${id}`
}

function readId(text: string): Digest {
  const id = parseDigest(text.replaceAll(/[\s-]/g, '').toLowerCase())
  if (!id.ok) throw new Misuse(`--id: ${id.error}`)
  return id.value
}

function signOrMisuse(sign: () => string): string {
  try {
    return sign()
  } catch (thrown) {
    throw new Misuse(`--key: ${(thrown as Error).message}`)
  }
}

function print({ id, text, signedBy, complete }: Outcome): void {
  const recovery = JSON.parse(text) as Recovery
  for (const { witness, kind, held, seenAt } of recovery.conflicts)
    console.log(
      `${seenAt}  ${describeConflict({ v: 1, witness, kind, held, ours: recovery.goesOnFrom, evidence: null, seenAt })}`,
    )
  console.log(`goes on from  size ${recovery.goesOnFrom.size}  root ${recovery.goesOnFrom.root}`)
  console.log(`why           ${recovery.why}`)
  console.log(`recovery      ${id}`)
  console.log(`signed by     ${signedBy.join(', ')}`)
  console.log(
    complete
      ? 'Both have signed. Now the people of each witness have to accept it: docs/witnesses.md, "When a witness refuses".'
      : 'A second security officer signs the same: lienthong audit recover --officer ... --key ... --id with the digest above.',
  )
}
