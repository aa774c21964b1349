import { readFileSync, statSync } from 'node:fs'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import { latestCosignatures } from '../../edge/postgres/cosignatures.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { fetchCosigned } from '../../edge/witness/ask-witness.ts'
import { originOf } from '../../log/checkpoint.ts'
import { parseCosignerKey } from '../../log/cosignature.ts'
import type { Verifier } from '../../log/note-key.ts'
import type { LogFinding } from '../../review/log-finding.ts'
import { readWitnessWords, type RecoveryTrust, type ShownNote, type WitnessWords } from '../../review/witness-words.ts'
import { compileSnapshot } from '../../snapshot/snapshot.ts'
import { openDesk } from '../change/open-desk.ts'
import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'

export interface WitnessFlags {
  readonly cosigned?: readonly string[]
  readonly witness?: readonly string[]
  readonly askWitnesses?: true
}

/** Stored words that are compared; the newest ones bind all before them. */
const MOST_STORED = 1_000
const MAX_NOTE_BYTES = 128 * 1024

/** What witnesses hold, and whose signatures end a conflict. Read before the log is: what is stored may be newer, never older. */
export interface Witnessed extends WitnessWords {
  readonly trust: RecoveryTrust | null
  /** Witnesses that could not be asked, and why. */
  readonly silent: readonly string[]
}

/** Throws Misuse for a file or a key that cannot be read. */
export async function readWitnessed(database: Database, settings: Settings, flags: WitnessFlags): Promise<Witnessed> {
  const { genesis } = new LocalStateFile(settings.dataDir).state
  const newest = genesis === null ? null : await openDesk(database, settings, undefined).revisions.newest()
  if (flags.askWitnesses && genesis === null)
    throw new Misuse(
      '--ask-witnesses: which witnesses there are is told by the revisions, and no genesis is pinned here: lienthong genesis pin DIGEST',
    )
  const configured = (newest?.configuration.witnesses ?? []).flatMap(({ name, url, verifierKey }) => {
    const verifier = parseCosignerKey(verifierKey)
    return verifier.ok ? [{ name, url, verifier: verifier.value }] : []
  })
  const keys: readonly Verifier[] = [
    ...configured.map(({ verifier }) => verifier),
    ...(flags.witness ?? []).map(readKey),
  ]
  const notes: ShownNote[] = (flags.cosigned ?? []).map(path => ({ note: readNote(path), where: path, witness: null }))
  if (notes.length > 0 && keys.length === 0)
    throw new Misuse('--cosigned: no witness is known here; name its verifier key with --witness')
  const silent: string[] = []
  if (flags.askWitnesses && newest) {
    const trust = compileSnapshot(newest.configuration, newest.number, newest.digest).trust
    for (const witness of configured) {
      const shown = await fetchCosigned(witness, originOf(CONTROL_LANE), trust)
      if (shown.ok) notes.push({ note: shown.value.note, where: witness.url, witness: witness.name })
      else silent.push(`${witness.name}: ${shown.error}`)
    }
  }
  for (const { witness, checkpoint, line, size } of await latestCosignatures(database, MOST_STORED))
    if (keys.some(({ name }) => name === witness))
      notes.push({ note: `${checkpoint}${line}`, where: `stored at ${size}`, witness })
  const trust = newest && genesis !== null ? { genesis, officers: newest.configuration.officers } : null
  const words = readWitnessWords(notes, keys)
  // Asked for and not done must not look like good.
  const unasked = flags.askWitnesses === true && newest === null ? [UNKNOWN_WITNESSES] : []
  return { ...words, findings: [...words.findings, ...unasked], trust, silent }
}

const UNKNOWN_WITNESSES: LogFinding = {
  lane: CONTROL_LANE,
  kind: 'revision-differs',
  detail: 'the revisions do not verify from the pinned genesis: no witness could be asked',
}

export function readKey(text: string): Verifier {
  const key = parseCosignerKey(text)
  if (!key.ok) throw new Misuse(`--witness: ${key.error}`)
  return key.value
}

export function readNote(path: string): string {
  try {
    if (statSync(path).size > MAX_NOTE_BYTES) throw new Misuse(`--cosigned: ${path} is too long`)
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown
    throw new Misuse(`--cosigned: ${path} cannot be read`)
  }
}
