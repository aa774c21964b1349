import type { ConfigurationDocument } from './document.ts'
import { quote, type Report } from './report.ts'

/** Every system that provides a service says where the gateway reaches it. */
export function checkProviders(document: ConfigurationDocument, report: Report): void {
  const unreachable = new Set(document.systems.filter(system => system.endpoint === undefined).map(system => system.id))
  document.services.forEach(({ provider }, index) => {
    if (unreachable.has(provider))
      report(
        `/services/${index}/provider`,
        `${quote(provider)} has no endpoint: add one in systems.yaml, like https://host:9443`,
      )
  })
}
