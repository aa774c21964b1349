import { AUTHORITIES, type AuthorityName } from '../../pki/issued.ts'
import { makeCrl } from '../../pki/make-crl.ts'
import type { Authority } from '../../pki/sign-certificate.ts'
import { validityFrom } from '../../pki/validity.ts'
import { Misuse } from '../misuse.ts'
import type { AuthorityFolder } from './authority-folder.ts'

/** Days: the root's key is put back for its list, so it lasts; that of the issuing authority is made every day by a timer. */
export const LIST_DAYS = { root: 180, issuing: 7 } as const satisfies Record<AuthorityName, number>

export interface Published {
  readonly authority: AuthorityName
  readonly number: number
  readonly revoked: number
  readonly until: string
}

/**
 * Makes an authority's list of revoked certificates and writes it to `NAME.crl` and, with the other's, to `crl.pem`. Under the
 * lock. Entries stay on it for ever. The number is taken first: a crash behind that skips it, and the next list has a higher one.
 */
export function publishList(
  folder: AuthorityFolder,
  name: AuthorityName,
  authority: Authority,
  days: number,
  now: Date,
): Published {
  const { issued, revoked, crlNumber } = folder.register()
  const validity = validityFrom(now, days, authority.certificate)
  if (!validity.ok) throw new Misuse(validity.error)
  const { notBefore, notAfter } = validity.value
  const number = crlNumber[name] + 1
  folder.append({ v: 1, event: 'crl', at: now.toISOString(), by: name, number })
  const own = [...revoked.values()].filter(({ serial }) => issued.get(serial)?.by === name)
  folder.writePublic(`${name}.crl`, makeCrl(authority, own, number, notBefore, notAfter))
  folder.writePublic('crl.pem', AUTHORITIES.map(each => folder.read(`${each}.crl`) ?? '').join(''))
  return { authority: name, number, revoked: own.length, until: notAfter.toISOString() }
}

export const publishedLine = ({ authority, number, revoked, until }: Published): string =>
  `list ${number} of the ${authority} authority: ${revoked} revoked, fresh until ${until}`
