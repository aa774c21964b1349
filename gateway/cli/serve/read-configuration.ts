import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import type { Configuration, ConfigurationError } from '../../configuration/objects.ts'
import { lintServices } from '../../control/lint-services.ts'
import { parseConfiguration } from '../../configuration/parse-configuration.ts'
import { readDirectory } from '../../configuration/read-directory.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { blocksOf } from '../../pki/pem.ts'
import { Misuse } from '../misuse.ts'

export interface ReadConfiguration {
  readonly document: ConfigurationDocument
  readonly configuration: Configuration
}

/** More than a ministry's configuration has, and little enough to read at once. */
const MOST_FILES = 100_000

/** Reads a directory of YAML, changed by `edit` where the caller has to (the demo's free ports). All errors are listed. */
export function readConfiguration(
  directory: string,
  certsDir: string,
  edit: (text: string) => string = text => text,
): Result<ReadConfiguration, readonly ConfigurationError[]> {
  if (!existsSync(directory)) throw new Misuse(`CONFIG_DIR: ${directory} does not exist`)
  const files = new Map(listFiles(directory).map(path => [relative(directory, path), edit(readFileSync(path, 'utf8'))]))
  const read = readDirectory(files, name => readCertificate(certsDir, name))
  if (!read.ok) return read
  const parsed = parseConfiguration(read.value.document, read.value.locate)
  if (!parsed.ok) return parsed
  const { document, locate } = read.value
  const faults = lintServices(parsed.value, document, locate)
  return faults.length > 0 ? err(faults) : ok({ document, configuration: parsed.value })
}

/** A plain file name inside the directory: the configuration may not reach elsewhere. Of a chain, the leaf, which comes first. */
function readCertificate(certsDir: string, name: string): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return null
  const path = join(certsDir, name)
  return existsSync(path) ? (blocksOf('CERTIFICATE', readFileSync(path, 'utf8'))[0] ?? '') : null
}

function listFiles(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  if (names.length > MOST_FILES) throw new Misuse(`CONFIG_DIR: more than ${MOST_FILES} files in ${directory}`)
  return names.map(name => join(directory, name)).filter(path => statSync(path).isFile())
}

/** One line an error: file, line, place, reason. */
export const formatErrors = (errors: readonly ConfigurationError[]): string =>
  errors
    .map(
      ({ file, line, pointer, reason }) =>
        `  ${file}${line > 0 ? `:${line}` : ''}${pointer ? ` ${pointer}` : ''}: ${reason}`,
    )
    .join('\n')
