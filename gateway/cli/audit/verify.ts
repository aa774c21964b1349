import cliProgress from 'cli-progress'
import { Command } from 'commander'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CONTROL_LANE, type LaneName } from '../../domain/gateway-id.ts'
import { systemClock } from '../../edge/clock.ts'
import { KeptHeads } from '../../edge/keys/kept-heads.ts'
import { KeyStore } from '../../edge/keys/key-store.ts'
import { openLogReader } from '../../edge/postgres/log-reader.ts'
import { type PresentedReceipt, readReceipt } from '../../review/read-receipt.ts'
import { type LogFinding, verifyLog } from '../../review/verify-log.ts'
import type { RecordedRecovery } from '../../review/witness-words.ts'
import { stateOf } from '../../identity/key-inventory.ts'
import { orMisuse } from '../keys/open-keys.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readSettings, type Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { readWitnessed, type Witnessed, type WitnessFlags } from './read-witness-words.ts'
import { verifyPlace } from './verify-place.ts'
import { packOptions, type PackFlags } from './verify-pack.ts'

/** Findings printed one by one; the rest is counted. */
const MOST_PRINTED = 100
/** Held in memory, about 1 KiB each. */
const MOST_RECEIPTS = 1_000_000

interface Flags extends PackFlags, WitnessFlags {
  readonly receipts?: string
}

export const verifyCommand = (environment: NodeJS.ProcessEnv): Command =>
  packOptions(new Command('verify'))
    .description('Recomputes the whole log from the stored bytes and names what is wrong with it (exit code 1)')
    .argument('[place]', 'a copy that `audit fetch` made, or an evidence pack (unless told: the database)')
    .option(
      '--key <file>',
      'PEM of a control lane key, public or private, from outside the database (unless told: the oldest that is not retired)',
    )
    .option(
      '--receipts <file>',
      'receipts that parties hold, one Exchange-Receipt a line, its exchange id before it where known: the log has to have their records',
    )
    .option(
      '--cosigned <files...>',
      'checkpoints that witnesses gave you (`witness show --note`): the log has to have passed through them',
    )
    .option('--ask-witnesses', 'ask the configured witnesses what they hold')
    .option('--json', 'print the result as JSON')
    .action(async (place: string | undefined, flags: Flags) => {
      if (place !== undefined) {
        // Asked for and not done must not look like good.
        for (const [name, value] of [
          ['--receipts', flags.receipts] as const,
          ['--ask-witnesses', flags.askWitnesses] as const,
        ])
          if (value !== undefined)
            throw new Misuse(`${name} goes with the database; for a copy: audit receipt, --cosigned`)
        return verifyPlace(place, flags)
      }
      const { key, receipts, json } = flags
      const settings = readSettings(environment)
      const controlKey = key === undefined ? await ownControlKey(settings) : readControlKey(key)
      const presented = receipts === undefined ? [] : await readReceipts(receipts)
      const outcome = await withStore(settings, async (database, url) =>
        verify(url, settings, controlKey, presented, await readWitnessed(database, settings, flags), json !== true),
      )
      if (json) console.log(JSON.stringify(outcome))
      else print(outcome)
      process.exitCode = outcome.stopped ? EXIT.interrupted : outcome.good ? EXIT.good : EXIT.foundWrong
    })

interface Outcome {
  readonly good: boolean
  /** Interrupted before the end: what was read so far is what is told. */
  readonly stopped: boolean
  readonly lanes: number | null
  readonly records: number
  /** All that there are. */
  readonly total: number
  readonly findings: readonly LogFinding[]
  /** Cosigned checkpoints that the log was compared with. */
  readonly witnessed: number
  /** Witnesses that could not be asked. */
  readonly silent: readonly string[]
  readonly recoveries: readonly RecordedRecovery[]
}

async function verify(
  url: string,
  settings: Settings,
  controlKey: KeyObject,
  receipts: readonly PresentedReceipt[],
  witnessed: Witnessed,
  bar: boolean,
): Promise<Outcome> {
  // Kept heads first: what is stored may be newer than they, never older.
  const kept = readKept(join(settings.dataDir, 'heads'))
  const reader = await openLogReader(url)
  const progress = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {value} of {total} records | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
    // It would end the process before what is known is told.
    gracefulExit: false,
  })
  const stop = new AbortController()
  // Once: what is known so far is reported. A second one ends the process as always.
  const interrupt = (): void => {
    stop.abort()
    // A query under way is not waited for.
    void reader.close().catch(() => undefined)
  }
  process.once('SIGINT', interrupt)
  const total = reader.records
  const findings: LogFinding[] = [...witnessed.findings]
  let read = 0
  const told = { witnessed: witnessed.heads.length, silent: witnessed.silent }
  if (bar) progress.start(total, 0)
  try {
    const walk = verifyLog({
      reader,
      controlKey,
      kept,
      receipts,
      witnessed: witnessed.heads,
      trust: witnessed.trust,
      signal: stop.signal,
      progress: records => progress.update((read += records)),
    })
    for (;;) {
      const next = await walk.next()
      if (next.done) {
        const { lanes, records, recoveries } = next.value
        return { ...told, good: findings.length === 0, stopped: false, lanes, records, total, findings, recoveries }
      }
      findings.push(next.value)
    }
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown
    return { ...told, good: false, stopped: true, lanes: null, records: read, total, findings, recoveries: [] }
  } finally {
    process.off('SIGINT', interrupt)
    if (bar) progress.stop()
    await reader.close()
  }
}

async function readReceipts(path: string): Promise<readonly PresentedReceipt[]> {
  const receipts: PresentedReceipt[] = []
  let line = 0
  try {
    for await (const text of createInterface({ input: createReadStream(path, 'utf8') })) {
      line++
      if (text.trim() === '') continue
      const receipt = readReceipt(text)
      if (!receipt.ok) throw new Misuse(`${path}, line ${line}: ${receipt.error}`)
      if (receipts.push(receipt.value) > MOST_RECEIPTS) throw new Misuse(`${path}: more than ${MOST_RECEIPTS} receipts`)
    }
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown
    throw new Misuse(`${path} cannot be read`)
  }
  return receipts
}

function readKept(directory: string): ReadonlyMap<LaneName, string> {
  if (!existsSync(directory)) return new Map()
  const heads = new KeptHeads(directory)
  return new Map(
    heads.lanes().flatMap(lane => {
      const head = heads.read(lane)
      return head === null ? [] : [[lane, head] as const]
    }),
  )
}

/**
 * The oldest key of the control lane in KEYS_DIR that is not retired: the lane's own history leads from it to the present one. Once a
 * former key is retired, nothing that it alone has signed is good any more.
 */
async function ownControlKey({ keysDir }: Settings): Promise<KeyObject> {
  const plain = join(keysDir, 'control-lane.key')
  const keys = existsSync(keysDir)
    ? await orMisuse(async () => new KeyStore(keysDir, null, null).readInventory())
    : null
  if (keys === null) return readControlKey(plain)
  const at = systemClock().now()
  const inUse = keys.filter(
    key => key.use === 'control-lane' && ['previous', 'current'].includes(stateOf(key, keys, at)),
  )
  const [oldest] = inUse.toSorted((a, b) => a.activates - b.activates)
  if (!oldest) throw new Misuse(`${keysDir} names no key of the control lane: name one with --key`)
  return oldest.publicKey
}

function readControlKey(path: string): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey(readFileSync(path, 'utf8'))
  } catch {
    throw new Misuse(`the key of the control lane cannot be read from ${path}: name it with --key`)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Misuse(`${path} is no key of a control lane: those are Ed25519`)
  return key
}

function print({ good, stopped, lanes, records, total, findings, silent, recoveries }: Outcome): void {
  for (const why of silent) process.stderr.write(`lienthong: a witness could not be asked: ${why}\n`)
  for (const { lane, kind, index, detail } of findings.slice(0, MOST_PRINTED))
    console.log(`WRONG  ${lane}${index === undefined ? '' : ` record ${index}`}  ${kind}: ${detail}`)
  if (findings.length > MOST_PRINTED) console.log(`… and ${findings.length - MOST_PRINTED} more (--json lists all)`)
  for (const { id, index, at, officers, why } of recoveries)
    console.log(
      `recovered  ${CONTROL_LANE} record ${index}  ${at} by ${officers.join(', ')} (${id.slice(0, 16)}): ${why}`,
    )
  if (stopped) console.log(`stopped: ${records} of ${total} records were read, ${findings.length} findings so far`)
  else
    console.log(`${good ? 'good' : 'FOUND WRONG'}: ${records} records in ${lanes} lanes, ${findings.length} findings`)
}
