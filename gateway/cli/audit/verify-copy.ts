import cliProgress from 'cli-progress'
import { CopyDirectory } from '../../edge/log-copy/copy-directory.ts'
import { parseCheckpoint } from '../../log/checkpoint.ts'
import type { LogFinding } from '../../review/log-finding.ts'
import { verifyCopy } from '../../review/mirror/verify-copy.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readAnchor } from './log-place.ts'
import { printFindings } from './print-findings.ts'

/** `lienthong audit verify DIRECTORY`: recomputes a copy of the log from its own bytes. */
export async function verifyCopyAt(path: string, { key, json }: { key?: string; json?: true }): Promise<void> {
  if (!CopyDirectory.isCopy(path)) throw new Misuse(`${path} is no copy of a log: \`audit fetch\` makes one`)
  const copy = new CopyDirectory(path)
  const anchor = readAnchor(key, copy)
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {value} of {total} records | {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  if (json !== true) bar.start(await sizeOf(copy), 0)
  const findings: LogFinding[] = []
  try {
    const walk = verifyCopy({ copy, anchor, progress: leaves => bar.increment(leaves) })
    let next = await walk.next()
    for (; !next.done; next = await walk.next()) findings.push(next.value)
    bar.stop()
    const verified = next.value
    const good = verified.ok && findings.length === 0
    if (json)
      console.log(JSON.stringify({ good, ...(verified.ok ? verified.value : { error: verified.error }), findings }))
    else {
      printFindings(findings)
      if (!verified.ok) console.log(`FOUND WRONG: ${verified.error}`)
      else {
        const { lanes, records, bodies } = verified.value
        const word = good ? 'good' : 'FOUND WRONG'
        console.log(
          `${word}: ${records} records in ${lanes} lanes, ${bodies} of them whole, ${findings.length} findings`,
        )
      }
    }
    process.exitCode = good ? EXIT.good : EXIT.foundWrong
  } finally {
    bar.stop()
  }
}

async function sizeOf(copy: CopyDirectory): Promise<number> {
  let records = 0
  for (const lane of await copy.lanes()) {
    const said = parseCheckpoint((await copy.checkpoint(lane)) ?? '')
    if (said.ok) records += said.value.size
  }
  return records
}
