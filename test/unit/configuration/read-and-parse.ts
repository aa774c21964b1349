import { readDirectory } from '../../../gateway/configuration/read-directory.ts'
import { parseConfiguration } from '../../../gateway/configuration/parse-configuration.ts'
import type { Configuration, ConfigurationError } from '../../../gateway/configuration/objects.ts'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import type { Result } from '../../../gateway/domain/result.ts'
import { must } from '../../../gateway/domain/result.ts'

/** Both stages, as the command line goes through them. */
export function readAndParse(
  files: ReadonlyMap<string, string>,
  certificates: ReadonlyMap<string, string>,
): Result<Configuration, ConfigurationError[]> {
  const read = readDirectory(files, name => certificates.get(name) ?? null)
  return read.ok ? parseConfiguration(read.value.document, read.value.locate) : read
}

export function errorsOf(result: Result<unknown, ConfigurationError[]>): readonly ConfigurationError[] {
  return result.ok ? [] : result.error
}

export function documentOf(
  files: ReadonlyMap<string, string>,
  certificates: ReadonlyMap<string, string>,
): ConfigurationDocument {
  const read = readDirectory(files, name => certificates.get(name) ?? null)
  if (!read.ok) throw new TypeError(JSON.stringify(read.error, null, 1))
  return must(read).document
}
