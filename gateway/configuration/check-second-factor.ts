import type { ConfigurationDocument } from './document.ts'
import type { Report } from './report.ts'

/** Either may have proposed: then the other approves. */
const LEAST_APPROVERS = 2

/** Where approvals count only as assertions of authenticators, there are officers who can make them: else no change ever passed again. */
export function checkSecondFactor({ genesis, officers, settings = [] }: ConfigurationDocument, report: Report): void {
  const able = officers.filter(
    ({ roles, disabled = false, authenticators = [] }) =>
      roles.includes('security-officer') && !disabled && authenticators.length > 0,
  )
  settings.forEach((setting, at) => {
    if (setting.id !== 'second-factor' || setting.approvals !== 'required') return
    if (genesis.office?.origin === undefined)
      report(`/settings/${at}/approvals`, 'needs an office origin in genesis.yaml: nobody signs in a browser without')
    else if (able.length < LEAST_APPROVERS)
      report(
        `/settings/${at}/approvals`,
        `needs ${LEAST_APPROVERS} active security officers with authenticators (there are ${able.length}): no change could be approved any more`,
      )
  })
}
