import cliProgress from 'cli-progress'
import { Command } from 'commander'
import type { KeyObject } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { CopyDirectory } from '../../edge/log-copy/copy-directory.ts'
import { LogUnreachable } from '../../edge/log-copy/remote-log.ts'
import type { LogFinding } from '../../review/log-finding.ts'
import { controlVerifierKey } from '../../review/mirror/anchor.ts'
import { type Fetched, fetchLog } from '../../review/mirror/fetch-log.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { asClient, KEY_OPTION, openRemote, readAnchor, readOrigin, type RemoteFlags } from './log-place.ts'
import { printFindings } from './print-findings.ts'

interface Flags extends RemoteFlags {
  readonly from: string
  readonly out: string
  readonly key?: string
  readonly entries: boolean
  readonly json?: true
}

export const fetchCommand = (): Command =>
  asClient(
    new Command('fetch').description(
      "Brings a reader's own copy of the log up to date and verifies it against what the copy held before (exit code 1)",
    ),
  )
    .requiredOption('--from <https-url>', 'origin of the exchange or office listener', readOrigin)
    .requiredOption('--out <directory>', 'the copy; made where there is none')
    .option(...KEY_OPTION)
    .option('--no-entries', 'hashes only, although the records would be shown')
    .option('--json', 'print the result as JSON')
    .action(async (flags: Flags) => {
      const { out, from, key, entries, json } = flags
      if (existsSync(out) && !CopyDirectory.isCopy(out) && readdirSync(out).length > 0)
        throw new Misuse(`--out: ${out} is neither empty nor a copy of a log`)
      const copy = new CopyDirectory(out)
      const anchor = readAnchor(key, copy)
      const remote = openRemote(from, flags)
      const bar = progressBar(json !== true)
      const findings: LogFinding[] = []
      // First, so that a copy that was interrupted is known for one.
      const begin = (anchored: KeyObject): void => {
        if (copy.readKey() === null) copy.writeKey(controlVerifierKey(anchored))
      }
      try {
        const walk = fetchLog({
          from: remote,
          copy,
          anchor,
          entries,
          begin,
          expect: bar.expect,
          progress: bar.progress,
        })
        let next = await walk.next()
        for (; !next.done; next = await walk.next()) findings.push(next.value)
        bar.stop()
        if (!next.value.ok) return fail(next.value.error, json)
        report(next.value.value, findings, json)
      } catch (thrown) {
        if (!(thrown instanceof LogUnreachable)) throw thrown
        return fail(thrown.message, json)
      } finally {
        bar.stop()
        await remote.close()
      }
    })

function fail(why: string, json?: true): void {
  if (json) console.log(JSON.stringify({ good: false, error: why }))
  else console.log(`FOUND WRONG: ${why}; the copy stays as it was`)
  process.exitCode = EXIT.foundWrong
}

function report({ lanes, leaves, entries, gone }: Fetched, findings: readonly LogFinding[], json?: true): void {
  const good = findings.length === 0
  if (json) console.log(JSON.stringify({ good, lanes, leaves, entries, gone, findings }))
  else {
    printFindings(findings)
    console.log(
      `${good ? 'good' : 'FOUND WRONG'}: ${leaves} new records in ${lanes} lanes, ${findings.length} findings`,
    )
    if (entries === 'forbidden')
      console.log('hashes only: the records themselves are shown to auditors, on the office listener')
    if (gone > 0) console.log(`${gone} bundles of records were dropped by retention; their hashes are there`)
  }
  process.exitCode = good ? EXIT.good : EXIT.foundWrong
}

function progressBar(shown: boolean) {
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {value} of {total} records | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  let total = 0
  if (shown) bar.start(0, 0)
  return {
    expect: (leaves: number): void => bar.setTotal((total += leaves)),
    progress: (leaves: number): void => bar.increment(leaves),
    stop: (): void => bar.stop(),
  }
}
