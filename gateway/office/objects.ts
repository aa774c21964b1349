import { digestOfObject } from '../configuration/edits.ts'
import { idOf, OBJECT_KINDS, type ObjectKind } from '../configuration/object-kinds.ts'
import { answer, type Handler, numberOf, PAGE, refuse, textOf } from './outcome.ts'
import { presentOf, seesObject } from './scope.ts'

export const listObjects: Handler = call => {
  const { officer, newest, parameters } = call
  const kind = textOf(call, 'kind') as ObjectKind
  const limit = numberOf(call, 'limit', PAGE)
  const behind = typeof parameters.cursor === 'string' ? parameters.cursor : ''
  const objects: readonly object[] = newest.document[OBJECT_KINDS[kind].list] ?? []
  const left = objects
    .map(value => ({ id: idOf(kind, value) ?? '', value }))
    .filter(({ id, value }) => id > behind && seesObject(officer, kind, value))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const page = left.slice(0, limit).map(({ id, value }) => ({ id, digest: digestOfObject(value), value }))
  return answer({
    kind,
    revision: newest.number,
    objects: page,
    cursor: left.length > limit ? (page.at(-1)?.id ?? null) : null,
  })
}

/** Its ETag is its digest: what an edit of it names as `was`. */
export const readObject: Handler = call => {
  const { officer, newest } = call
  const kind = textOf(call, 'kind') as ObjectKind
  const id = textOf(call, 'id')
  const value = presentOf(newest.document, kind, id)
  if (value === null || !seesObject(officer, kind, value)) return refuse('not-found')
  const digest = digestOfObject(value)
  return answer({ kind, id, digest, revision: newest.number, value }, { etag: `"${digest}"` })
}
