import cliProgress from 'cli-progress'
import { Command } from 'commander'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LaneName } from '../../domain/gateway-id.ts'
import { KeptHeads } from '../../edge/keys/kept-heads.ts'
import { openLogReader } from '../../edge/postgres/log-reader.ts'
import { type LogFinding, type Verified, verifyLog } from '../../review/verify-log.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readSettings, type Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'

/** Findings printed one by one; the rest is counted. */
const MOST_PRINTED = 100

export const verifyCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('verify')
    .description('Recomputes the whole log from the stored bytes and names what is wrong with it (exit code 1)')
    .option('--key <file>', 'PEM of the control lane key, public or private (KEYS_DIR/control-lane.key)')
    .option('--json', 'print the result as JSON')
    .action(async ({ key, json }: { key?: string; json?: true }) => {
      const settings = readSettings(environment)
      const controlKey = readControlKey(key ?? join(settings.keysDir, 'control-lane.key'))
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

function readControlKey(path: string): KeyObject {
  try {
    return createPublicKey(readFileSync(path, 'utf8'))
  } catch {
    throw new Misuse(`the key of the control lane cannot be read from ${path}: name it with --key`)
  }
}

function print({ lanes, records }: Verified, findings: readonly LogFinding[]): void {
  for (const { lane, kind, index, detail } of findings.slice(0, MOST_PRINTED))
    console.log(`WRONG  ${lane}${index === undefined ? '' : ` record ${index}`}  ${kind}: ${detail}`)
  if (findings.length > MOST_PRINTED) console.log(`… and ${findings.length - MOST_PRINTED} more (--json lists all)`)
  console.log(
    `${findings.length === 0 ? 'good' : 'FOUND WRONG'}: ${records} records in ${lanes} lanes, ${findings.length} findings`,
  )
}
