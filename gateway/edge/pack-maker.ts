import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayId } from '../domain/gateway-id.ts'
import { formatInstant, type Instant, millisOf } from '../domain/instant.ts'
import { ok, type Result } from '../domain/result.ts'
import type { GatewayKeys } from '../identity/signing-keys.ts'
import { Fault } from '../problems/fault.ts'
import { buildPack } from '../review/pack/build-pack.ts'
import type { MadePack, PackMaker, PackScope, Unprepared } from '../review/pack/ports.ts'
import { type PreparedPack, preparePack } from '../review/pack/prepare-pack.ts'
import { sealPack } from '../review/pack/seal-pack.ts'
import { packSigner } from './keys/pack-certificate.ts'
import type { Database } from './postgres/database.ts'
import { outsideWord } from './postgres/outside-word.ts'
import { packReader } from './postgres/pack-reader.ts'
import { turns } from './postgres/turns.ts'
import { writeZip } from './zip/write-zip.ts'

export interface PackMakerOptions {
  readonly database: Database
  /** Brings the search index up to now. */
  readonly follow: () => Promise<void>
  readonly keys: Pick<GatewayKeys, 'current'> & { readonly evidence: KeyObject }
  readonly keysDir: string
  readonly gateway: GatewayId
  readonly software: string
  readonly now: () => Instant
  /** False: the clock is not to be relied on, and nothing is signed. */
  readonly maySign: () => boolean
  /** How long it waits for what is still to be written: the control lane names all heads every five seconds. */
  readonly patienceMillis: number
}

const POLL_MILLIS = 200
/** Looks for what proves a pack, at a time: each takes a connection, and the rest of the pool is for exchanges. */
const AT_ONCE = 2
/** Records are sought in an index that is a moment behind: so long, nothing found means that nothing is there. */
const NOTHING_MILLIS = 1_000

/** Makes packs of what a database holds. */
export function packMaker(options: PackMakerOptions): PackMaker {
  const { database, follow, keys, keysDir, gateway, software, now } = options
  const inTurn = turns(AT_ONCE)
  return {
    async make({ scope, withKeys, signingKey, progress }) {
      if (!options.maySign()) throw new Fault('clock-unreliable', 'no pack is signed at a time that nobody knows')
      const signer = await packSigner(keys.current('packs'), keysDir, gateway)
      const reader = packReader(database, follow)
      const prepared = await patiently(options, () =>
        inTurn(() => preparePack(scope, signer.keyId, reader, outsideWord(database))),
      )
      if (!prepared.ok) return prepared
      const { records } = prepared.value.survey
      const madeAt = now()
      const files = buildPack(prepared.value, reader, {
        gateway,
        software,
        madeAt,
        certificate: signer.certificate,
        evidence: withKeys ? { evidenceKey: keys.evidence, signingKey } : null,
        ...(progress ? { progress: count => progress(count, records) } : {}),
      })
      const bytes = writeZip(sealPack(files, new Date(millisOf(madeAt)), signer))
      return ok({ fileName: fileNameOf(scope), records, bytes } satisfies MadePack)
    },
  }
}

async function patiently(
  { patienceMillis }: PackMakerOptions,
  prepare: () => Promise<Result<PreparedPack, Unprepared>>,
): Promise<Result<PreparedPack, Unprepared>> {
  const begin = performance.now()
  for (;;) {
    const prepared = await prepare()
    if (prepared.ok) return prepared
    const patience = prepared.error.reason === 'nothing' ? Math.min(NOTHING_MILLIS, patienceMillis) : patienceMillis
    if (performance.now() - begin >= patience) return prepared
    await sleep(POLL_MILLIS)
  }
}

/** The extension of ASiC-E (ETSI EN 319 162-1 section 4.4.1). */
function fileNameOf(scope: PackScope): string {
  if (scope.kind === 'exchange') return `pack-${scope.exchange}.asice`
  const day = (at: Instant): string => formatInstant(at).slice(0, 'YYYY-MM-DD'.length)
  const what = [scope.unit, scope.service?.replaceAll('/', '-'), day(scope.from), day(scope.to)]
  return `pack-${what.filter(Boolean).join('-')}.asice`
}
