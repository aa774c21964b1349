import { createHash } from 'node:crypto'
import { CONTROL_LANE } from '../domain/gateway-id.ts'
import { type KeyOfSize, verifySizedCheckpoint } from '../log/checkpoint.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { verifyStamp } from '../pki/timestamp-verify.ts'
import type { LogFinding } from './log-finding.ts'
import type { LogReader, ReviewedRevision, ReviewedStamp } from './ports.ts'

export interface ReviewedStamps {
  readonly findings: readonly LogFinding[]
  /** Heads of the control lane that were stamped: it has to have passed through them. */
  readonly named: readonly NamedHead[]
}

/**
 * Verifies every stored time stamp: its checkpoint under the control lane's key, its token over exactly that note, and under
 * certificates that some revision registered for its authority. What an authority stamped, the lane cannot be without.
 */
export async function reviewStamps(reader: LogReader, keyOf: KeyOfSize): Promise<ReviewedStamps> {
  const findings: LogFinding[] = []
  const named: NamedHead[] = []
  let registered: ReadonlyMap<string, readonly (readonly string[])[]> | null = null
  for await (const stamp of reader.timestamps()) {
    registered ??= await registeredCertificates(reader.revisions())
    const where = `time stamp of ${stamp.authority} over ${stamp.size} records`
    const wrong = whatIsWrong(stamp, keyOf, registered.get(stamp.authority) ?? [])
    if (wrong !== null) findings.push({ lane: CONTROL_LANE, kind: 'timestamp-invalid', detail: `${where}: ${wrong}` })
    else named.push({ size: stamp.size, root: stamp.root, where })
  }
  return { findings, named }
}

function whatIsWrong(
  { checkpoint, size, root, token }: ReviewedStamp,
  keyOf: KeyOfSize,
  registered: readonly (readonly string[])[],
): string | null {
  const signed = verifySizedCheckpoint(checkpoint, CONTROL_LANE, keyOf)
  if (!signed.ok) return `its checkpoint is not signed by the control lane's key: ${signed.error}`
  if (signed.value.size !== size || Buffer.compare(signed.value.root, root) !== 0)
    return 'its checkpoint is another than its row says'
  if (registered.length === 0) return 'no revision has registered its authority'
  const digest = createHash('sha256').update(checkpoint).digest()
  // The newest first: an authority that changed its certificates vouches for what it stamped before all the same.
  const verdicts = registered.toReversed().map(certificates => verifyStamp(token, digest, certificates))
  const [newest] = verdicts
  return verdicts.some(({ ok }) => ok) ? null : newest && !newest.ok ? newest.error : 'it cannot be verified'
}

type Fields = Readonly<Record<string, unknown>>

/** By authority, the certificates of each revision that registered or changed it. The revisions themselves are verified elsewhere. */
async function registeredCertificates(
  revisions: AsyncIterable<ReviewedRevision>,
): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const found = new Map<string, (readonly string[])[]>()
  for await (const { content } of revisions)
    for (const { name, certificates } of authoritiesIn(content))
      if (typeof name === 'string' && Array.isArray(certificates))
        found.set(name, [...(found.get(name) ?? []), certificates.map(String)])
  return found
}

/** Those of a genesis, or those that a change sets. */
function authoritiesIn(content: string): readonly Fields[] {
  // Most revisions touch none, and some hold 100,000 edits.
  if (!content.includes('"time-authority"') && !content.includes('"timeAuthorities"')) return []
  let read: unknown
  try {
    read = JSON.parse(content)
  } catch {
    return []
  }
  const { document, change } = (read ?? {}) as { document?: Fields; change?: { text?: { edits?: unknown } } }
  const edits = (change?.text?.edits ?? []) as readonly Fields[]
  const changed = edits.filter(({ kind, value }) => kind === 'time-authority' && value !== null)
  return [...((document?.timeAuthorities ?? []) as Fields[]), ...changed.map(({ value }) => value as Fields)]
}
