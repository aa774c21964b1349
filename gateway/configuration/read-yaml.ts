import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  visit,
} from 'yaml'
import type { CST } from 'yaml'
import { err, ok, type Result } from '../domain/result.ts'
import { findUnplain } from './find-unplain.ts'
import type { ConfigurationError } from './objects.ts'
import { tokensOf } from './pointer.ts'

/** 1 MiB of UTF-8: the largest file of a configuration directory. */
export const MAX_FILE_BYTES = 1_048_576
/** How often anchors of one document may be repeated, nesting multiplied: enough for hand-written files, harmless as memory. */
const MAX_ALIASES = 100
/** Open collections at one place. The composer is recursive, and a stack that runs out inside a RegExp ends the process. */
const MAX_OPEN = 200
/** One slip can make the rest of a file unreadable; nobody mends from the hundredth message. */
const MAX_SYNTAX_ERRORS = 100

/** One YAML document of a file, as plain JSON value. */
export interface YamlValue {
  readonly value: unknown
  /** The line (from 1) where the member or item at this path begins; that of the nearest ancestor where there is none. */
  lineOf(path: readonly string[]): number
}

/**
 * Reads the YAML 1.2 documents of a file: core schema, no tags, no %YAML directive, no key twice, aliases limited.
 * All syntax errors are told (the first 100 of a document). The text is attacker-controlled.
 */
export function readYaml(file: string, text: string): Result<readonly YamlValue[], readonly ConfigurationError[]> {
  const refuse = (reason: string) => err([{ file, line: 0, pointer: '', reason }])
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return refuse('is larger than 1 MiB: split it into several files')
  const lines = new LineCounter()
  const tokens = tokensOfYaml(text, lines)
  if (!tokens) return refuse(`is nested deeper than ${MAX_OPEN} levels`)

  const read = compose(tokens, text.length).map(document => readDocument(file, document, lines))
  const errors = read.flatMap(result => (result.ok ? [] : result.error))
  return errors.length > 0 ? err(errors) : ok(read.flatMap(result => (result.ok ? [result.value] : [])))
}

/** The concrete syntax, or null where it nests too deeply. The parser keeps its own stack, so this cannot overflow. */
function tokensOfYaml(text: string, lines: LineCounter): readonly CST.Token[] | null {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > MAX_OPEN) return null
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

// Duplicate keys are looked for below, in linear time and after keys became texts: the package compares each with each.
function compose(tokens: readonly CST.Token[], length: number): readonly Document[] {
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false, logLevel: 'silent' })
  return [...composer.compose(tokens, false, length)] as Document[]
}

interface Slip {
  readonly offset: number
  readonly reason: string
}

function readDocument(
  file: string,
  document: Document,
  lines: LineCounter,
): Result<YamlValue, readonly ConfigurationError[]> {
  const start = document.range?.[0] ?? 0
  const slips = [...findSyntaxErrors(document), ...findRefused(document)]
  const value = slips.length > 0 ? err('') : toPlain(document)
  if (!value.ok) {
    const told = value.error === '' ? slips : [{ offset: start, reason: value.error }]
    return err(told.map(({ offset, reason }) => ({ file, line: lines.linePos(offset).line, pointer: '', reason })))
  }
  const lineOf = (path: readonly string[]): number => lines.linePos(offsetOf(document, path)).line
  const unplain = findUnplain(value.value)
  if (unplain.length === 0) return ok({ value: value.value, lineOf })
  return err(unplain.map(({ pointer, reason }) => ({ file, line: lineOf(tokensOf(pointer)), pointer, reason })))
}

function findSyntaxErrors(document: Document): readonly Slip[] {
  return [...document.errors, ...document.warnings]
    .slice(0, MAX_SYNTAX_ERRORS)
    .map(error => ({ offset: error.pos[0], reason: `is not YAML that is read here: ${error.message}` }))
}

/** YAML that is well-formed but could mean something else to a reader than to us: directives, tags, odd or repeated keys. */
function findRefused(document: Document): readonly Slip[] {
  const found: Slip[] = []
  if (document.directives?.yaml.explicit)
    found.push({ offset: document.range?.[0] ?? 0, reason: 'has a %YAML directive: remove it, YAML 1.2 is read' })
  visit(document, {
    Node(_, node) {
      if (!isAlias(node) && node.tag)
        found.push({ offset: node.range?.[0] ?? 0, reason: `has a tag (${node.tag.slice(0, 60)}): remove it` })
    },
    Map(_, map) {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
        const name = keyText(key)
        if (name === null) found.push({ offset, reason: 'has a key that is not a text' })
        else if (seen.has(name))
          found.push({ offset, reason: `has the key ${JSON.stringify(name.slice(0, 60))} twice` })
        else seen.add(name)
      }
    },
  })
  return found
}

/** Keys are texts, or numbers like the statuses of OpenAPI. */
const keyText = (key: unknown): string | null =>
  isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number') ? String(key.value) : null

function toPlain(document: Document): Result<unknown> {
  try {
    return ok(document.toJS({ maxAliasCount: MAX_ALIASES }))
  } catch (error) {
    // How the package tells of an alias that is unknown, circular or repeated too often; nothing else is expected here.
    if ((error as Error).name !== 'ReferenceError') throw error
    return err(`has an alias (*name) that is not followed: ${(error as Error).message}`)
  }
}

/** The offset of a member's key, or of an item; of the nearest ancestor that has one. */
function offsetOf(document: Document, path: readonly string[]): number {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const token of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => keyText(key) === token)
      if (!pair) return offset
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(token)]
      if (!isNode(node)) return offset
      offset = node.range?.[0] ?? offset
    } else return offset
  }
  return offset
}
