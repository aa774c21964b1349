import { placed } from '../../configuration/locate.ts'
import type { ConfigurationError } from '../../configuration/objects.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { findUnfitForProduction } from '../../snapshot/judge-genesis.ts'
import { EXIT } from '../misuse.ts'
import { formatErrors, type ReadConfiguration, readConfiguration } from '../serve/read-configuration.ts'

/** A directory of which a production genesis can be made; else everything that is wrong with it, by file and line. */
export function readProduction(
  directory: string,
  certsDir: string,
): Result<ReadConfiguration, readonly ConfigurationError[]> {
  const read = readConfiguration(directory, certsDir)
  if (!read.ok) return read
  const unfit = placed(findUnfitForProduction(read.value.document), read.value.locate)
  return unfit.length > 0 ? err(unfit) : ok(read.value)
}

/** Exit code 1: the directory is not one to make a genesis of. */
export function printErrors(directory: string, errors: readonly ConfigurationError[], json: boolean): void {
  if (json) console.log(JSON.stringify({ good: false, errors }))
  else console.error(`no genesis can be made of ${directory} (${errors.length} errors):\n${formatErrors(errors)}`)
  process.exitCode = EXIT.foundWrong
}
