import type { Body, Operation, SchemaText, Service } from '../configuration/objects.ts'

export interface PlacedSchema {
  /** `parameter page`, `request`, `answer 200`. */
  readonly place: string
  readonly schema: SchemaText
}

/** Every schema of an operation, with its place. */
export function schemasOf(operation: Operation): readonly PlacedSchema[] {
  return [
    ...operation.parameters.map(({ name, schema }) => ({ place: `parameter ${name}`, schema })),
    ...bodySchemas('request', operation.request),
    ...[...operation.responses].flatMap(([status, body]) => bodySchemas(`answer ${status}`, body)),
  ]
}

/** Every schema of a service once, at the first place that uses it: `listProvinces, answer 200`. */
export function distinctSchemasOf(service: Service): readonly PlacedSchema[] {
  const first = new Map<string, PlacedSchema>()
  for (const operation of service.operations)
    for (const { place, schema } of schemasOf(operation))
      if (!first.has(schema.digest)) first.set(schema.digest, { place: `${operation.name}, ${place}`, schema })
  return [...first.values()]
}

const bodySchemas = (place: string, body: Body | null): readonly PlacedSchema[] =>
  [...(body?.content.values() ?? [])].flatMap(schema => (schema === null ? [] : [{ place, schema }]))
