import type { ConfigurationDocument } from './document.ts'
import { OBJECT_KINDS, type ObjectKind } from './object-kinds.ts'
import { objectsOf } from './objects-of.ts'
import { quote, type Report } from './report.ts'

/** No two objects of a list have the same id. */
export function checkDuplicates(document: ConfigurationDocument, report: Report): void {
  for (const kind of Object.keys(OBJECT_KINDS) as ObjectKind[]) {
    const { list, id: key } = OBJECT_KINDS[kind]
    const objects: readonly object[] = document[list] ?? []
    // Looked up by id anyway, and known for most lists: as many ids as objects.
    if (objectsOf(document, kind).size === objects.length) continue
    const seen = new Set<unknown>()
    objects.forEach((object, index) => {
      const id = (object as Readonly<Record<string, unknown>>)[key]
      if (seen.has(id)) report(`/${list}/${index}/${key}`, `${quote(String(id))} comes twice in ${list}`)
      seen.add(id)
    })
  }
}
