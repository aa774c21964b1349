import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import type { Configuration, ConfigurationError } from '../../configuration/objects.ts'
import { lintAgreements } from '../../control/lint-agreements.ts'
import { lintGuardrails } from '../../control/lint-guardrails.ts'
import { lintServices } from '../../control/lint-services.ts'
import type { Locate } from '../../configuration/locate.ts'
import { parseConfiguration } from '../../configuration/parse-configuration.ts'
import { type DirectoryReading, readDirectory } from '../../configuration/read-directory.ts'
import { CERTIFICATES_FOLDER } from '../../configuration/export-directory.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { systemClock } from '../../edge/clock.ts'
import { blocksOf } from '../../pki/pem.ts'
import { Misuse } from '../misuse.ts'

export interface ReadConfiguration {
  readonly document: ConfigurationDocument
  readonly configuration: Configuration
  /** Where a part of the document stands in the directory. */
  readonly locate: Locate
}

/** More than a ministry's configuration has, and little enough to read at once. */
const MOST_FILES = 300_000

/** Reads a directory of YAML, changed by `edit` where the caller has to (the demo's free ports). All errors are listed. */
export function readConfiguration(
  directory: string,
  certsDir: string,
  edit: (text: string) => string = text => text,
): Result<ReadConfiguration, readonly ConfigurationError[]> {
  if (!existsSync(directory)) throw new Misuse(`the configuration directory ${directory} does not exist`)
  const read = readFiles(directory, certsDir, edit)
  if (!read.ok) return read
  const parsed = parseConfiguration(read.value.document, read.value.locate)
  if (!parsed.ok) return parsed
  const { document, locate } = read.value
  const faults = [
    ...lintServices(parsed.value, document, locate),
    ...lintAgreements(parsed.value, document, locate, systemClock().now()),
    ...lintGuardrails(parsed.value, locate),
  ]
  return faults.length > 0 ? err(faults) : ok({ document, configuration: parsed.value, locate })
}

/** The same without looking at what the objects say. */
export function readFiles(
  directory: string,
  certsDir: string,
  edit: (text: string) => string = text => text,
): Result<DirectoryReading, ConfigurationError[]> {
  const own = join(directory, CERTIFICATES_FOLDER)
  const texts = listFiles(directory).filter(path => !path.startsWith(own + sep))
  const files = new Map(texts.map(path => [relative(directory, path), edit(readFileSync(path, 'utf8'))]))
  return readDirectory(files, name => readCertificate(own, name) ?? readCertificate(certsDir, name))
}

/**
 * A certificate or public key by a plain file name inside the directory: the configuration may not reach elsewhere. Of a chain,
 * the leaf, which comes first.
 */
function readCertificate(certsDir: string, name: string): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return null
  const path = join(certsDir, name)
  const kind = name.endsWith('.pub') ? 'PUBLIC KEY' : 'CERTIFICATE'
  return existsSync(path) ? (blocksOf(kind, readFileSync(path, 'utf8'))[0] ?? '') : null
}

function listFiles(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  if (names.length > MOST_FILES) throw new Misuse(`more than ${MOST_FILES} files in ${directory}`)
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
