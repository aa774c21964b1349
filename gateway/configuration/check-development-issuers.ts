import type { ConfigurationDocument } from './document.ts'
import type { Report } from './report.ts'

/** A production gateway trusts no throw-away authority: its key lies in a directory that anybody may have read. */
export function checkDevelopmentIssuers(document: ConfigurationDocument, report: Report): void {
  if (document.genesis.mode !== 'production') return
  document.issuers.forEach((issuer, index) => {
    if (issuer.development)
      report(`/issuers/${index}/development`, 'a production gateway refuses a development issuer: remove it')
  })
}
