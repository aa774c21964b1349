import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkFile } from '../../configuration/check-structure.ts'
import type { ServiceDocument } from '../../configuration/document.ts'
import { type Finding, placed } from '../../configuration/locate.ts'
import type { ConfigurationError, Service } from '../../configuration/objects.ts'
import { parseService } from '../../configuration/parse-service.ts'
import { readYaml } from '../../configuration/read-yaml.ts'
import { tokensOf } from '../../configuration/pointer.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { Misuse } from '../misuse.ts'

export interface ReadService {
  readonly service: Service
  readonly document: ServiceDocument
  /** Line of openapi.yaml at which a pointer begins. */
  lineOf(pointer: string): number
}

/**
 * A service as a configuration directory holds it: service.yaml and openapi.yaml in one folder, of which `path` names the folder or
 * one of the two. An error: what is wrong with it, with file and line.
 */
export function readService(path: string): Result<ReadService, readonly ConfigurationError[]> {
  if (!existsSync(path)) throw new Misuse(`${path} does not exist`)
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  const described = readFile(folder, 'service.yaml')
  const openapi = readFile(folder, 'openapi.yaml')
  if (!described.ok || !openapi.ok) return err([described, openapi].flatMap(read => (read.ok ? [] : read.error)))

  const place = (pointer: string) => {
    const [first, ...rest] = tokensOf(pointer)
    const inside = first === 'openapi'
    return {
      file: join(folder, inside ? 'openapi.yaml' : 'service.yaml'),
      line: (inside ? openapi : described).value.lineOf(inside ? rest : tokensOf(pointer)),
      pointer: inside ? pointer.slice('/openapi'.length) : pointer,
    }
  }
  const shape = checkFile('service', described.value.value)
  if (shape.length > 0) return err(placed(shape, place))
  const document = { ...(described.value.value as Omit<ServiceDocument, 'openapi'>), openapi: openapi.value.value }
  const findings: Finding[] = []
  const service = parseService(document, '', (pointer, reason) => findings.push({ pointer, reason }))
  if (!service || findings.length > 0) return err(placed(findings, place))
  return ok({ service, document, lineOf: pointer => openapi.value.lineOf(tokensOf(pointer)) })
}

function readFile(folder: string, name: string) {
  const path = join(folder, name)
  if (!existsSync(path))
    throw new Misuse(`${path} does not exist: a service is service.yaml and openapi.yaml in one folder`)
  const read = readYaml(path, readFileSync(path, 'utf8'))
  if (!read.ok) return read
  const [value] = read.value
  return value ? ok(value) : err([{ file: path, line: 1, pointer: '', reason: 'is empty' }])
}
