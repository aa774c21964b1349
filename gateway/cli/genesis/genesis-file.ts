import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import type { Configuration } from '../../configuration/objects.ts'
import { digestOf } from '../../domain/digest.ts'
import type { OfficerId } from '../../domain/officer-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { GENESIS } from '../../domain/revision-number.ts'
import { findUnfitForProduction } from '../../snapshot/judge-genesis.ts'
import type { StoredRevision } from '../../snapshot/revision-text.ts'
import { readGenesis } from '../../snapshot/verify-revision.ts'
import { Misuse } from '../misuse.ts'
import { readText } from '../pki/read-text.ts'

/** Far above any configuration; Node holds a text of half a GiB at most. */
const MAX_BYTES = 256 * 1024 * 1024
/** Of one directory: more signatures than a genesis has officers are refused by whoever judges them. */
const MAX_SIGNATURES = 100

/** The file of a ceremony: exactly the text whose digest is compared, signed and pinned, and no newline behind it. */
export interface GenesisFile {
  readonly stored: StoredRevision & { readonly signatures: readonly string[] }
  readonly configuration: Configuration
  readonly document: ConfigurationDocument
}

export const signatureFile = (path: string, officer: OfficerId): string => `${path}.${officer}.jws`

/** Reads the text and the signatures that lie beside it, which nobody has judged yet. Throws Misuse where there is no such file. */
export function readGenesisFile(path: string): Result<GenesisFile> {
  const content = readWhole(path)
  const stored = {
    number: GENESIS,
    previous: null,
    content,
    digest: digestOf(content),
    signatures: readSignatures(path),
  }
  const read = readGenesis(stored)
  if (!read.ok) return err(`${path} is no genesis (${read.error.reason}): ${read.error.detail}`)
  const [unfit] = findUnfitForProduction(read.value.document)
  return unfit ? err(`${path} is no production genesis: ${unfit.reason}`) : ok({ stored, ...read.value })
}

function readWhole(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Misuse(`${path} is larger than any genesis`)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown
    throw new Misuse(`${path} cannot be read: ${(thrown as Error).message}`)
  }
}

/** All of them, whoever they are of: one that does not belong is refused, not passed over. */
function readSignatures(path: string): readonly string[] {
  const name = basename(path)
  const files = readdirSync(dirname(path)).filter(file => file.startsWith(`${name}.`) && file.endsWith('.jws'))
  if (files.length > MAX_SIGNATURES) throw new Misuse(`more than ${MAX_SIGNATURES} signatures lie beside ${path}`)
  return files.sort().map(file => readText(join(dirname(path), file), 'a signature').trim())
}
