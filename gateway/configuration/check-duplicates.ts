import type { ConfigurationDocument } from './document.ts'
import { quote, type Report } from './report.ts'

/** What identifies the objects of each list. */
const IDS = {
  units: 'code',
  systems: 'id',
  issuers: 'name',
  purposes: 'code',
  officers: 'id',
  services: 'id',
  agreements: 'id',
} as const satisfies Record<Exclude<keyof ConfigurationDocument, 'genesis'>, string>

/** No two objects of a list have the same id. */
export function checkDuplicates(document: ConfigurationDocument, report: Report): void {
  for (const [list, key] of Object.entries(IDS)) {
    const seen = new Set<unknown>()
    const objects = document[list as keyof typeof IDS] as readonly object[]
    objects.forEach((object, index) => {
      const id = (object as Readonly<Record<string, unknown>>)[key]
      if (seen.has(id)) report(`/${list}/${index}/${key}`, `${quote(String(id))} comes twice in ${list}`)
      seen.add(id)
    })
  }
}
