import cliProgress from 'cli-progress'
import { CopyDirectory } from '../../edge/log-copy/copy-directory.ts'
import { parseCheckpoint } from '../../log/checkpoint.ts'
import type { LogFinding } from '../../review/log-finding.ts'
import { verifyCopy } from '../../review/mirror/verify-copy.ts'
import { readWitnessWords, type WitnessWords } from '../../review/witness-words.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readAnchor } from './log-place.ts'
import { printFindings } from './print-findings.ts'
import { readKey, readNote } from './read-witness-words.ts'

/** `lienthong audit verify DIRECTORY`: recomputes a copy of the log from its own bytes. */
export async function verifyCopyAt(path: string, flags: CopyFlags): Promise<void> {
  const { key, json } = flags
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
  const words = wordsOf(flags)
  const findings: LogFinding[] = [...words.findings]
  try {
    const walk = verifyCopy({ copy, anchor, witnessed: words.heads, progress: leaves => bar.increment(leaves) })
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

interface CopyFlags {
  readonly key?: string
  readonly json?: true
  readonly cosigned?: readonly string[]
  readonly witness?: readonly string[]
}

/** What witnesses gave the reader; their keys come from outside the copy, too. */
function wordsOf({ cosigned = [], witness = [] }: CopyFlags): WitnessWords {
  if (cosigned.length > 0 && witness.length === 0)
    throw new Misuse('--cosigned: name the verifier key of the witness with --witness')
  const notes = cosigned.map(path => ({ note: readNote(path), where: path, witness: null }))
  return readWitnessWords(notes, witness.map(readKey))
}

async function sizeOf(copy: CopyDirectory): Promise<number> {
  let records = 0
  for (const lane of await copy.lanes()) {
    const said = parseCheckpoint((await copy.checkpoint(lane)) ?? '')
    if (said.ok) records += said.value.size
  }
  return records
}
