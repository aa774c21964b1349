import { X509Certificate } from 'node:crypto'
import type { Issuer } from '../../configuration/objects.ts'
import { type Binding, bindingOf } from '../../domain/binding.ts'
import { askedIssuer } from './ocsp/asked-issuer.ts'
import type { Responder } from './ocsp/ocsp-index.ts'

/** How the certificates that one authority's key signed are looked up. */
export interface AuthorityPlan {
  /** False: OCSP alone may speak; a list counts all the same once there is one. */
  readonly needsList: boolean
  readonly responder: Responder | null
  /** For how long a list serves on behind its nextUpdate. */
  readonly graceMicros: number
}

export interface IssuerPlan {
  readonly name: string
  /** The authorities whose lists the issuer's chains need. */
  readonly lists: readonly Binding[]
  readonly key: Binding
  readonly graceMicros: number
}

/** What the registered issuers of a revision want to have looked up, and where. */
export interface RevocationPlan {
  readonly authorities: ReadonlyMap<Binding, AuthorityPlan>
  readonly issuers: readonly IssuerPlan[]
  /** DER public keys of all authorities: who may sign a list. */
  readonly keys: readonly Uint8Array[]
  /** Distribution points. */
  readonly urls: readonly string[]
}

/** An authority that several issuers stand under has the shortest of their graces. */
export function planOf(issuers: readonly Issuer[]): RevocationPlan {
  const keys = new Map<Binding, Uint8Array>()
  const authorities = new Map<Binding, AuthorityPlan>()
  const issuerPlans: IssuerPlan[] = []
  for (const { name, key, certificates, revocation } of issuers) {
    const graceMicros = revocation.graceMillis * 1000
    const chain = certificates.map(pem => spkiOf(pem))
    for (const { binding, spki } of chain) {
      keys.set(binding, spki)
      const others = authorities.get(binding)
      authorities.set(binding, {
        needsList: true,
        responder: null,
        ...others,
        graceMicros: Math.min(graceMicros, others?.graceMicros ?? graceMicros),
      })
    }
    const [signing = ''] = certificates
    const responder = revocation.ocsp ? { name, url: revocation.ocsp, issuer: askedIssuer(signing), graceMicros } : null
    const needsList = responder === null || revocation.crl.length > 0
    const own = authorities.get(key)
    if (own) authorities.set(key, { ...own, responder, needsList })
    const lists = chain.map(({ binding }) => binding).filter(binding => needsList || binding !== key)
    issuerPlans.push({ name, key, lists, graceMicros })
  }
  return {
    authorities,
    issuers: issuerPlans,
    keys: [...keys.values()],
    urls: [...new Set(issuers.flatMap(({ revocation }) => revocation.crl))],
  }
}

function spkiOf(pem: string): { binding: Binding; spki: Uint8Array } {
  const spki = new Uint8Array(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
  return { binding: bindingOf(spki), spki }
}
