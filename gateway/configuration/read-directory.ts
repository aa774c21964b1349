import { err, ok, type Result } from '../domain/result.ts'
import { assemble, type Part } from './assemble-document.ts'
import { checkFile } from './check-structure.ts'
import { FOLDERS, roleOf, TOP_FILES } from './directory-layout.ts'
import type { ConfigurationDocument } from './document.ts'
import { compare, inOrder, type Locate } from './locate.ts'
import type { ConfigurationError } from './objects.ts'
import { pointerOf, tokensOf } from './pointer.ts'
import { readYaml, type YamlValue } from './read-yaml.ts'
import type { CertificateFiles } from './resolve-certificates.ts'

export interface DirectoryReading {
  readonly document: ConfigurationDocument
  readonly locate: Locate
}

/**
 * Reads a configuration directory: relative path to text, `/` between folders. Pure; `certificates` gives the text of a
 * certificate file by its name. The document has its lists sorted by id and no reference to a file left, so that it does not
 * depend on how the objects were spread over files. What its objects mean is the matter of parseConfiguration.
 * Errors: all of them, from all files: unknown or missing files, YAML, JSON Schema, certificates. The texts are
 * attacker-controlled; each may have at most 1 MiB.
 */
export function readDirectory(
  files: ReadonlyMap<string, string>,
  certificates: CertificateFiles,
): Result<DirectoryReading, ConfigurationError[]> {
  const paths = [...files.keys()].sort(compare)
  const read = paths.map(path => readFile(path, files.get(path) ?? ''))
  const errors = [...findMissing(files), ...read.flatMap(result => (result.ok ? [] : result.error))]
  const assembled = assemble(
    read.flatMap(result => (result.ok ? result.value : [])),
    certificates,
  )
  const all = [...errors, ...assembled.errors]
  return all.length > 0 ? err(inOrder(all)) : ok(assembled)
}

const missing = (file: string): ConfigurationError => ({ file, line: 0, pointer: '', reason: 'the file is missing' })

function findMissing(files: ReadonlyMap<string, string>): readonly ConfigurationError[] {
  const twins = [...files.keys()].flatMap(path => {
    const role = roleOf(path)
    if (role.kind === 'service') return [`services/${role.folder}/openapi.yaml`]
    return role.kind === 'openapi' ? [`services/${role.folder}/service.yaml`] : []
  })
  return [...TOP_FILES.map(name => `${name}.yaml`), ...twins].filter(path => !files.has(path)).map(missing)
}

function readFile(path: string, text: string): Result<readonly Part[], readonly ConfigurationError[]> {
  const role = roleOf(path)
  if (role.kind === 'readme') return ok([])
  if (role.kind === 'unknown') return err([{ file: path, line: 0, pointer: '', reason: role.reason }])
  const values = readYaml(path, text)
  if (!values.ok) return values
  const held = FOLDERS.find(({ kind }) => kind === role.kind)
  if (held) return checked(values.value.flatMap(value => itemsOf(path, held.kind, value)))
  const [value, second] = values.value
  if (!value) return err([{ file: path, line: 1, pointer: '', reason: 'is empty' }])
  if (second)
    return err([{ file: path, line: second.lineOf([]), pointer: '', reason: 'may hold only one YAML document' }])
  return checked([partOf(path, role.kind, value, [], 'folder' in role ? role.folder : null)])
}

/** One object, or each of a list of them. */
function itemsOf(path: string, kind: (typeof FOLDERS)[number]['kind'], yaml: YamlValue): readonly Part[] {
  if (!Array.isArray(yaml.value)) return [partOf(path, kind, yaml, [], null)]
  return yaml.value.map((_, index) => partOf(path, kind, yaml, [String(index)], null))
}

function partOf(
  file: string,
  kind: Part['kind'],
  yaml: YamlValue,
  base: readonly string[],
  folder: string | null,
): Part {
  const value: unknown = base.reduce<unknown>(
    (outer, token) => (outer as readonly unknown[])[Number(token)],
    yaml.value,
  )
  const placeOf = (tokens: readonly string[]) => {
    const path = [...base, ...tokens]
    return { file, line: yaml.lineOf(path), pointer: pointerOf(path) }
  }
  return { kind, folder, value, placeOf }
}

/** The parts, where the JSON Schemas of the files have nothing against them. */
function checked(parts: readonly Part[]): Result<readonly Part[], readonly ConfigurationError[]> {
  const errors = parts.flatMap(part => {
    if (part.kind === 'openapi') return []
    return checkFile(part.kind, part.value).map(({ pointer, reason }) => ({
      ...part.placeOf(tokensOf(pointer)),
      reason,
    }))
  })
  return errors.length > 0 ? err(errors) : ok(parts)
}
