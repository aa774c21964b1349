import type { Agreement, Body, Operation, SchemaText, Service, StatusKey } from '../../configuration/objects.ts'
import { higherOf } from '../../domain/classification.ts'
import type { AgreementId } from '../../domain/purpose.ts'
import type { OperationName } from '../../domain/service-id.ts'
import type { Schema } from '../schema-tree.ts'
import { excessOf } from './contains.ts'
import { inWords } from './in-words.ts'

/**
 * How two versions of a service go together.
 * backward: whoever was written for the old one gets on with the new one: it takes all that the old one took, and answers nothing that
 * the old one could not have answered.
 * forward: whoever is written for the new one gets on with the old one. full: both. none: neither.
 */
export type Compatibility = 'full' | 'backward' | 'forward' | 'none'

export interface Break {
  readonly direction: 'backward' | 'forward'
  readonly operation: OperationName
  /** `request`, `answer 200`, `parameter page`; `` for the operation itself. */
  readonly place: string
  /** Place in the value, `*` for every item; `` for all of it. */
  readonly pointer: string
  /** In words, from the view of the direction. */
  readonly reason: string
}

export interface Comparison {
  readonly compatibility: Compatibility
  readonly breaks: readonly Break[]
}

/**
 * Compares two versions of a service, which may have different ids. Conservative: what is not certain to fit counts as a break, so
 * that the verdict may be relied on. Provider, deadline and texts do not count: no caller depends on them. Pure; compiles schemas only
 * where they list values.
 */
export function compareServices(older: Service, newer: Service): Comparison {
  const breaks = [...oneWay(older, newer, 'backward'), ...oneWay(newer, older, 'forward')]
  const broken = (direction: Break['direction']): boolean => breaks.some(each => each.direction === direction)
  const [backward, forward] = [!broken('backward'), !broken('forward')]
  return { compatibility: backward ? (forward ? 'full' : 'backward') : forward ? 'forward' : 'none', breaks }
}

/** The agreements on the old service that grant an operation with a backward break, with those operations. */
export function brokenAgreements(
  { breaks }: Comparison,
  older: Service,
  agreements: readonly Agreement[],
): readonly { readonly agreement: AgreementId; readonly operations: readonly OperationName[] }[] {
  const names = new Set(breaks.filter(each => each.direction === 'backward').map(({ operation }) => operation))
  return agreements
    .filter(({ service }) => service === older.id)
    .map(({ id, operations }) => ({
      agreement: id,
      operations: operations.map(({ name }) => name).filter(name => names.has(name)),
    }))
    .filter(({ operations }) => operations.length > 0)
}

/** What breaks for callers of `known` who meet `met`. */
function oneWay(known: Service, met: Service, direction: Break['direction']): readonly Break[] {
  const there = new Map(met.operations.map(operation => [operation.name, operation]))
  return known.operations.flatMap(was => {
    const is = there.get(was.name)
    const found =
      is === undefined
        ? [{ place: '', pointer: '', reason: 'the operation is not there' }]
        : [...ofOperation(was, is), ...ofParameters(was, is), ...ofRequest(was, is), ...ofAnswers(was, is)]
    return found.map(each => ({ direction, operation: was.name, ...each }))
  })
}

type Found = Pick<Break, 'place' | 'pointer' | 'reason'>
const found = (place: string, reason: string, pointer = ''): Found => ({ place, pointer, reason })

function ofOperation(known: Operation, met: Operation): readonly Found[] {
  const faults: Found[] = []
  if (known.method !== met.method) faults.push(found('', `the method is ${met.method} and not ${known.method}`))
  if (known.template !== met.template) faults.push(found('', `the path is ${met.template} and not ${known.template}`))
  if (
    known.classification !== met.classification &&
    higherOf(known.classification, met.classification) === met.classification
  )
    faults.push(
      found(
        '',
        `the classification is ${met.classification} and not ${known.classification}: a lower ceiling refuses it`,
      ),
    )
  return faults
}

function ofParameters(known: Operation, met: Operation): readonly Found[] {
  const keyOf = ({ in: place, name }: Operation['parameters'][number]): string => `${place} ${name}`
  const there = new Map(met.parameters.map(parameter => [keyOf(parameter), parameter]))
  const had = new Map(known.parameters.map(parameter => [keyOf(parameter), parameter]))
  const sent = known.parameters.flatMap(parameter => {
    const place = `parameter ${parameter.name}`
    const is = there.get(keyOf(parameter))
    if (is === undefined) return [found(place, 'is not described: a request that holds it is refused')]
    if (is.type !== parameter.type) return [found(place, `is read as ${is.type} and not as ${parameter.type}`)]
    return ofSchemas(place, parameter.schema, is.schema)
  })
  const missing = met.parameters.filter(is => is.required && had.get(keyOf(is))?.required !== true)
  return [...sent, ...missing.map(({ name }) => found(`parameter ${name}`, 'is required'))]
}

function ofRequest(known: Operation, met: Operation): readonly Found[] {
  const [was, is] = [known.request, met.request]
  const smaller =
    was !== null && met.maxRequestBytes < known.maxRequestBytes
      ? [found('request', `may have at most ${met.maxRequestBytes} bytes and not ${known.maxRequestBytes}`)]
      : []
  if (was === null) return is?.required ? [found('request', 'a body is required')] : []
  if (is === null) return [found('request', 'no body is taken')]
  const needed = is.required && !was.required ? [found('request', 'a body is required')] : []
  return [...smaller, ...needed, ...ofContent('request', was, is)]
}

/** Answers travel the other way: what the met one answers has to fit what is known. */
function ofAnswers(known: Operation, met: Operation): readonly Found[] {
  const keys = new Set([...known.responses.keys(), ...met.responses.keys()])
  return [...keys].flatMap(key => {
    const is = bodyFor(met, key)
    const was = bodyFor(known, key)
    const place = `answer ${key}`
    if (is === undefined) return []
    if (was === undefined) return [found(place, 'may come and is not known')]
    if (is === null && was === null) return []
    if (is === null || was === null) return [found(place, is === null ? 'has no body' : 'has a body')]
    return ofContent(place, is, was, true)
  })
}

/** An exact status wins over its class, the class over `default`; undefined: not described. */
function bodyFor({ responses }: Operation, key: StatusKey): Body | null | undefined {
  for (const candidate of [key, `${key.slice(0, 1)}XX`, 'default'] as StatusKey[])
    if (responses.has(candidate)) return responses.get(candidate)
  return undefined
}

/** Every media type that may come is one that is taken, with a schema that allows all that may come. */
function ofContent(place: string, comes: Body, taken: Body, isAnswer = false): readonly Found[] {
  return [...comes.content].flatMap(([type, schema]) => {
    const is = taken.content.get(type)
    const of = comes.content.size > 1 || taken.content.size > 1 ? `${place} ${type}` : place
    if (is === undefined) return [found(of, isAnswer ? `may be ${type}, which is not known` : `${type} is not taken`)]
    if (is === null) return []
    return schema === null
      ? [found(of, 'crosses unread on one side, and has a schema on the other')]
      : ofSchemas(of, schema, is, isAnswer)
  })
}

function ofSchemas(place: string, comes: SchemaText, taken: SchemaText, isAnswer = false): readonly Found[] {
  if (comes.digest === taken.digest) return []
  return excessOf(JSON.parse(comes.text) as Schema, JSON.parse(taken.text) as Schema).map(excess =>
    found(place, inWords(excess, isAnswer), excess.pointer),
  )
}
