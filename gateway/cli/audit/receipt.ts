import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { CopyDirectory } from '../../edge/log-copy/copy-directory.ts'
import { LogUnreachable } from '../../edge/log-copy/remote-log.ts'
import type { LogView } from '../../review/mirror/log-view.ts'
import { proveReceipt, type ReceiptCheck } from '../../review/mirror/prove-receipt.ts'
import { type PresentedReceipt, readReceipt } from '../../review/read-receipt.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readText } from '../pki/read-text.ts'
import { asClient, KEY_OPTION, openRemote, readAnchor, readOrigin, type RemoteFlags } from './log-place.ts'

interface Flags extends RemoteFlags {
  readonly log?: string
  readonly from?: string
  readonly key?: string
  readonly json?: true
}

const WORDS = {
  'control-lane': 'the control lane is signed by the key that you trust, or one that it leads to',
  'lane-key': "the control lane endorses the key of the receipt's lane",
  'receipt-signature': 'that key signed the checkpoint of the receipt, which covers the record',
  'log-head': 'the log shows a signed head that is not older',
  inclusion: 'the record lies at its place under that head',
  consistency: 'the log continues the one that the receipt was signed for',
} as const satisfies Record<ReceiptCheck['check'], string>

export const receiptCommand = (): Command =>
  asClient(
    new Command('receipt').description(
      'Proves that the record of a receipt is in the log, and that the log still begins as it did then',
    ),
  )
    .argument(
      '<receipt>',
      'the value of an Exchange-Receipt header, or a file that holds it or the headers of an answer',
    )
    .option('--log <directory>', 'a copy of the log, as `audit fetch` makes it')
    .option('--from <https-url>', 'origin of a listener that shows the log', readOrigin)
    .option(...KEY_OPTION)
    .option('--json', 'print the result as JSON')
    .action(async (given: string, flags: Flags) => {
      const receipt = read(given)
      const { log, from, key, json } = flags
      if ((log === undefined) === (from === undefined)) throw new Misuse('name the log: either --log or --from')
      if (log !== undefined && !CopyDirectory.isCopy(log)) throw new Misuse(`--log: ${log} is no copy of a log`)
      const copy = log === undefined ? null : new CopyDirectory(log)
      const anchor = readAnchor(key, copy)
      const remote = from === undefined ? null : openRemote(from, flags)
      try {
        const view: LogView | null = copy ?? remote
        if (!view) throw new Misuse('name the log: either --log or --from')
        const checks: ReceiptCheck[] = []
        for await (const check of proveReceipt(receipt, view, anchor)) checks.push(check)
        report(receipt, checks, json)
      } catch (thrown) {
        if (!(thrown instanceof LogUnreachable)) throw thrown
        if (json) console.log(JSON.stringify({ good: false, error: thrown.message }))
        else console.log(`NOT PROVEN: ${thrown.message}`)
        process.exitCode = EXIT.foundWrong
      } finally {
        await remote?.close()
      }
    })

const HEADER = /^exchange-receipt:[ \t]*(\S.*)$/im

function read(given: string): PresentedReceipt {
  const text = existsSync(given) ? readText(given, 'the receipt') : given
  const receipt = readReceipt((HEADER.exec(text)?.[1] ?? text).trim())
  if (!receipt.ok) throw new Misuse(`the receipt: ${receipt.error}`)
  return receipt.value
}

function report({ lane, index }: PresentedReceipt, checks: readonly ReceiptCheck[], json?: true): void {
  const fault = checks.find(check => check.fault !== null)
  const good = fault === undefined
  if (json) console.log(JSON.stringify({ good, lane, index, checks }))
  else {
    for (const { check, fault: wrong } of checks)
      console.log(`${wrong === null ? '✓' : '✗'} ${WORDS[check]}${wrong === null ? '' : `: NO, ${wrong}`}`)
    console.log(`${good ? 'good' : 'NOT PROVEN'}: record ${index} of ${lane}`)
  }
  process.exitCode = good ? EXIT.good : EXIT.foundWrong
}
