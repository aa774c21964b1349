import type { Configuration } from '../../configuration/objects.ts'
import type { OfficerRegistry } from '../../identity/identify-officer.ts'

/** Officers are few, and their requests too: no index is worth its upkeep. */
export const officerRegistry = ({
  officers,
  issuers,
}: Pick<Configuration, 'officers' | 'issuers'>): OfficerRegistry => ({
  officerByKey: key => officers.find(officer => officer.key === key) ?? null,
  issuerByKey: key => issuers.find(issuer => issuer.key === key) ?? null,
})
