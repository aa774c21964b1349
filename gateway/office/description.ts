import openapi from '../../schemas/office/openapi.json' with { type: 'json' }
import { isOperationId, type OperationId } from './rights.ts'

export interface ParameterDescription {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema: object
}

export interface Operation {
  readonly id: OperationId
  readonly method: 'get' | 'put' | 'post' | 'delete'
  /** As OpenAPI writes it: `/api/v1/changes/{change}`. */
  readonly path: string
  readonly summary: string
  readonly description: string | null
  readonly tag: string
  readonly parameters: readonly ParameterDescription[]
  /** Name of the schema of its body; null: it takes none. */
  readonly body: string | null
  readonly statuses: readonly string[]
}

interface Referable {
  readonly $ref?: string
}

interface Described {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Referable[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Referable } } }
  readonly responses: Readonly<Record<string, unknown>>
}

/** The document that the API is: what stands there is served and checked, and nothing else is. */
export const description = openapi

/** Every operation of the document, in its order. Throws TypeError where one has no right in rights.ts. */
export const operations: readonly Operation[] = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Readonly<Record<string, Described>>).map(([method, described]): Operation => {
    const { operationId: id, parameters = [] } = described
    if (!isOperationId(id)) throw new TypeError(`nobody has the right to call ${id}`)
    return {
      id,
      method: method as Operation['method'],
      path,
      summary: described.summary,
      description: described.description ?? null,
      tag: described.tags[0] ?? '',
      parameters: parameters.map(resolved),
      body: described.requestBody ? lastOf(described.requestBody.content['application/json'].schema) : null,
      statuses: Object.keys(described.responses),
    }
  }),
)

function resolved(parameter: Referable): ParameterDescription {
  const table = openapi.components.parameters as Readonly<Record<string, unknown>>
  return (parameter.$ref === undefined ? parameter : table[lastOf(parameter)]) as ParameterDescription
}

function lastOf({ $ref = '' }: Referable): string {
  return $ref.slice($ref.lastIndexOf('/') + 1)
}
