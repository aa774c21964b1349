import type { ConfigurationDocument } from './document.ts'
import { quote, type Report } from './report.ts'

/**
 * Where officers sign in a browser is an https origin with a name: the name is the relying party (Web Authentication Level 2,
 * section 5.1.2), and an address cannot be one. No authenticator is one of two officers. Who has
 * to use one has one.
 */
export function checkOffice({ genesis, officers }: ConfigurationDocument, report: Report): void {
  const origin = genesis.office?.origin
  if (origin !== undefined && !isOrigin(origin))
    report(
      '/genesis/office/origin',
      `${quote(origin)} is not an https origin with a host name, like https://office.example:8444`,
    )
  officers.forEach(({ authenticators = [], secondFactor, disabled }, at) => {
    if (secondFactor !== 'required' || disabled === true) return
    if (origin === undefined)
      report(
        `/officers/${at}/secondFactor`,
        'needs an office origin in genesis.yaml: nobody signs in a browser without',
      )
    else if (authenticators.length === 0)
      report(`/officers/${at}/secondFactor`, 'needs an authenticator: without one the officer could do nothing')
  })
  const holderOf = new Map<string, string>()
  officers.forEach(({ id: officer, authenticators = [] }, at) =>
    authenticators.forEach(({ id }, index) => {
      const other = holderOf.get(id)
      if (other !== undefined)
        report(`/officers/${at}/authenticators/${index}/id`, `this authenticator is already registered for ${other}`)
      holderOf.set(id, officer)
    }),
  )
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'https:' && url.origin === text && !/^[\d.]+$|^\[/.test(url.hostname)
}
