import type { ConfigurationDocument } from './document.ts'
import { OBJECT_KINDS } from './object-kinds.ts'
import { quote, type Report } from './report.ts'

/** No two objects of a list have the same id. */
export function checkDuplicates(document: ConfigurationDocument, report: Report): void {
  for (const { list, id: key } of Object.values(OBJECT_KINDS)) {
    const seen = new Set<unknown>()
    const objects: readonly object[] = document[list] ?? []
    objects.forEach((object, index) => {
      const id = (object as Readonly<Record<string, unknown>>)[key]
      if (seen.has(id)) report(`/${list}/${index}/${key}`, `${quote(String(id))} comes twice in ${list}`)
      seen.add(id)
    })
  }
}
