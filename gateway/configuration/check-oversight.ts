import type { ConfigurationDocument } from './document.ts'
import { quote, type Report } from './report.ts'

/** No more witnesses are asked for than there are, in production one of them outside; each key is that of one witness; services exist. */
export function checkOversight(document: ConfigurationDocument, report: Report): void {
  const { witnesses = [], settings = [], alertRules = [], genesis } = document
  settings.forEach((setting, index) => {
    if (setting.id !== 'witnessing') return
    const pointer = `/settings/${index}/required`
    if (setting.required > witnesses.length)
      report(
        pointer,
        `asks for ${setting.required} witnesses, and there are ${witnesses.length}: add them to witnesses/`,
      )
    // A witness of the operator's own says nothing about the operator.
    if (genesis.mode === 'production' && setting.required > 0 && !witnesses.some(({ outside }) => outside))
      report(pointer, 'in production at least one witness is run outside the operator: none of witnesses/ is')
  })
  if (genesis.mode === 'production')
    witnesses.forEach(({ url }, index) => {
      // Its word is signed, its refusal is not: whoever forges one stops all exchanges.
      if (!url.startsWith('https:')) report(`/witnesses/${index}/url`, 'in production a witness is asked over https')
    })
  const holders = new Map<string, string>()
  witnesses.forEach(({ name, verifierKey }, index) => {
    const key = verifierKey.split('+').slice(2).join('+')
    const other = holders.get(key)
    // Two names for one key would count one witness twice.
    if (other !== undefined) report(`/witnesses/${index}/verifierKey`, `is also the key of ${quote(other)}`)
    holders.set(key, name)
  })
  const services = new Set(document.services.map(({ id }) => id))
  alertRules.forEach(({ service }, index) => {
    if (service !== undefined && !services.has(service))
      report(`/alertRules/${index}/service`, `there is no service ${quote(service)}`)
  })
}
