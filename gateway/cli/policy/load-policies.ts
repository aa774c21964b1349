import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { locateInRevision } from '../../configuration/locate.ts'
import { parseConfiguration } from '../../configuration/parse-configuration.ts'
import type { Digest } from '../../domain/digest.ts'
import { must } from '../../domain/result.ts'
import { GENESIS, type RevisionNumber } from '../../domain/revision-number.ts'
import { systemClock } from '../../edge/clock.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import type { Database } from '../../edge/postgres/database.ts'
import { readRevisions } from '../../edge/postgres/revisions.ts'
import type { StoredRevision } from '../../snapshot/revision-text.ts'
import { compileSnapshot, type Snapshot } from '../../snapshot/snapshot.ts'
import { verifyGenesis, verifyNext, type VerifiedRevision } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'

/** Compiled ones that are kept: along a lane the revisions of its records only rise. */
const KEPT = 4
/** Revisions read at once; each may be some MB. */
const PAGE = 10
/** Of PostgreSQL's integer. */
const HIGHEST = 2 ** 31 - 1

interface Known {
  readonly number: RevisionNumber
  readonly digest: Digest
  readonly document: ConfigurationDocument
}

/** The stored revisions, each verified as a gateway does before it obeys. */
export class Policies {
  readonly newest: VerifiedRevision
  readonly #known: readonly Known[]
  readonly #compiled = new Map<number, Snapshot>()

  constructor(known: readonly Known[], newest: VerifiedRevision) {
    this.#known = known
    this.newest = newest
  }

  /** What a revision decides by; null: there is none of this number. */
  policyOf(number: number): Snapshot | null {
    const present = this.#compiled.get(number)
    if (present) return present
    const known = this.#known[number]
    if (!known) return null
    const configuration = must(parseConfiguration(known.document, locateInRevision(known.number)))
    const [oldest] = this.#compiled.keys()
    if (oldest !== undefined && this.#compiled.size >= KEPT) this.#compiled.delete(oldest)
    const snapshot = compileSnapshot(configuration, known.number, known.digest)
    this.#compiled.set(number, snapshot)
    return snapshot
  }
}

/** Reads and verifies the chain from the genesis. Throws Misuse where it does not hold. */
export async function loadPolicies(database: Database, settings: Settings): Promise<Policies> {
  const pinned = pinnedGenesis(settings)
  const known: Known[] = []
  let last: VerifiedRevision | null = null
  for (;;) {
    const page = await readRevisions(database, known.length, HIGHEST, PAGE)
    for (const stored of page) {
      last = verify({ ...stored, number: stored.number as RevisionNumber }, last, pinned)
      known.push({ number: last.number, digest: last.digest, document: last.document })
    }
    if (page.length === 0) break
  }
  if (last === null) throw new Misuse('the database holds no revision yet: start a gateway first')
  return new Policies(known, last)
}

function verify(stored: StoredRevision, before: VerifiedRevision | null, pinned: Digest | null): VerifiedRevision {
  const verified = before
    ? verifyNext(stored, before, systemClock().now())
    : verifyGenesis(stored, pinned ?? stored.digest)
  if (!verified.ok)
    throw new Misuse(`revision ${stored.number} does not verify (${verified.error.reason}): ${verified.error.detail}`)
  if (stored.number === GENESIS && pinned === null && verified.value.configuration.mode === 'production')
    throw new Misuse('no genesis is pinned under DATA_DIR: run this where a gateway runs, or bring its state.json')
  return verified.value
}

function pinnedGenesis({ dataDir }: Settings): Digest | null {
  return existsSync(join(dataDir, 'state.json')) ? new LocalStateFile(dataDir).state.genesis : null
}
