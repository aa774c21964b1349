import cliProgress from 'cli-progress'
import { Command } from 'commander'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaneName } from '../../domain/gateway-id.ts'
import { systemClock } from '../../edge/clock.ts'
import { KeptHeads } from '../../edge/keys/kept-heads.ts'
import { KeyStore } from '../../edge/keys/key-store.ts'
import { openLogReader } from '../../edge/postgres/log-reader.ts'
import { type LogFinding, type Verified, verifyLog } from '../../review/verify-log.ts'
import { stateOf } from '../../identity/key-inventory.ts'
import { orMisuse } from '../keys/open-keys.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readSettings, type Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'

/** Findings printed one by one; the rest is counted. */
const MOST_PRINTED = 100

export const verifyCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('verify')
    .description('Recomputes the whole log from the stored bytes and names what is wrong with it (exit code 1)')
    .option(
      '--key <file>',
      'PEM of a control lane key, public or private, from outside the database (unless told: the oldest that is not retired)',
    )
    .option('--json', 'print the result as JSON')
    .action(async ({ key, json }: { key?: string; json?: true }) => {
      const settings = readSettings(environment)
      const controlKey = key === undefined ? await ownControlKey(settings) : readControlKey(key)
      const { verified, findings } = await withStore(settings, (_database, url) =>
        verify(url, settings, controlKey, json !== true),
      )
      if (json) console.log(JSON.stringify({ good: findings.length === 0, ...verified, findings }))
      else print(verified, findings)
      process.exitCode = findings.length === 0 ? EXIT.good : EXIT.foundWrong
    })

async function verify(url: string, settings: Settings, controlKey: KeyObject, bar: boolean) {
  // Kept heads first: what is stored may be newer than they, never older.
  const kept = readKept(join(settings.dataDir, 'heads'))
  const reader = await openLogReader(url)
  const progress = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {value} of {total} records | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  if (bar) progress.start(reader.records, 0)
  try {
    const findings: LogFinding[] = []
    const walk = verifyLog({ reader, controlKey, kept, progress: records => progress.increment(records) })
    for (;;) {
      const next = await walk.next()
      if (next.done) return { verified: next.value, findings }
      findings.push(next.value)
    }
  } finally {
    if (bar) progress.stop()
    await reader.close()
  }
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

function print({ lanes, records }: Verified, findings: readonly LogFinding[]): void {
  for (const { lane, kind, index, detail } of findings.slice(0, MOST_PRINTED))
    console.log(`WRONG  ${lane}${index === undefined ? '' : ` record ${index}`}  ${kind}: ${detail}`)
  if (findings.length > MOST_PRINTED) console.log(`… and ${findings.length - MOST_PRINTED} more (--json lists all)`)
  console.log(
    `${findings.length === 0 ? 'good' : 'FOUND WRONG'}: ${records} records in ${lanes} lanes, ${findings.length} findings`,
  )
}
