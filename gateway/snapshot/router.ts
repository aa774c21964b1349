import type { Operation } from '../configuration/objects.ts'

interface Node {
  readonly literals: Map<string, Node>
  parameter: Node | null
  readonly methods: Map<string, Operation>
}

const newNode = (): Node => ({ literals: new Map(), parameter: null, methods: new Map() })

/** Where a path leads, with the raw (still encoded) texts of its parameters by name. */
export interface Match {
  readonly operation: Operation
  readonly pathParameters: ReadonlyMap<string, string>
}

export interface Router {
  match(method: string, segments: readonly string[]): Match | null
}

/** A tree over the segments of the operations' templates. A literal segment wins over a parameter in its place. */
export function makeRouter(operations: readonly Operation[]): Router {
  const root = newNode()
  for (const operation of operations) insert(root, operation)
  return {
    match(method, segments) {
      const operation = find(root, method, segments, 0)
      return operation ? { operation, pathParameters: parametersOf(operation, segments) } : null
    },
  }
}

const segmentsOf = (template: string): readonly string[] => template.slice(1).split('/')
const isParameter = (segment: string): boolean => segment.startsWith('{')

function insert(root: Node, operation: Operation): void {
  let node = root
  for (const segment of segmentsOf(operation.template)) {
    if (isParameter(segment)) {
      node.parameter ??= newNode()
      node = node.parameter
    } else {
      let next = node.literals.get(segment)
      if (!next) node.literals.set(segment, (next = newNode()))
      node = next
    }
  }
  node.methods.set(operation.method, operation)
}

function find(node: Node, method: string, segments: readonly string[], depth: number): Operation | null {
  const segment = segments[depth]
  if (segment === undefined) return node.methods.get(method) ?? null
  const literal = node.literals.get(segment)
  const found = literal ? find(literal, method, segments, depth + 1) : null
  if (found) return found
  return node.parameter ? find(node.parameter, method, segments, depth + 1) : null
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()

function parametersOf(operation: Operation, segments: readonly string[]): ReadonlyMap<string, string> {
  if (!operation.template.includes('{')) return NO_PARAMETERS
  const found = new Map<string, string>()
  segmentsOf(operation.template).forEach((segment, i) => {
    if (isParameter(segment)) found.set(segment.slice(1, -1), segments[i] ?? '')
  })
  return found
}
