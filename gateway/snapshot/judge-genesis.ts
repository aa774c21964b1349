import type { ConfigurationDocument } from '../configuration/document.ts'
import type { Finding } from '../configuration/locate.ts'
import type { Officer } from '../configuration/objects.ts'
import type { Digest } from '../domain/digest.ts'
import type { OfficerId } from '../domain/officer-id.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { checkApproval } from '../identity/approval.ts'
import { isDevelopmentCertificate } from '../pki/development.ts'

/** One who proposes, one who approves, and one more for the day on which one of them is ill. */
export const LEAST_SECURITY_OFFICERS = 3

/** The officers who sign a production genesis: every security officer in it. */
export const signersOf = (officers: readonly Officer[]): readonly Officer[] =>
  officers.filter(({ roles, disabled }) => roles.includes('security-officer') && !disabled)

/**
 * What a production genesis needs beside what every configuration does: enough officers that no one of them can act alone and none
 * has to be lent, an auditor, and no throw-away authority, whatever issuers.yaml calls it. Pointers are of the
 * document, which has parsed.
 */
export function findUnfitForProduction({ genesis, officers, issuers }: ConfigurationDocument): readonly Finding[] {
  const findings: Finding[] = []
  const find = (pointer: string, reason: string): void => void findings.push({ pointer, reason })
  if (genesis.mode !== 'production')
    find('/genesis/mode', 'a ceremony makes a production genesis: write mode: production')
  const active = officers.filter(({ disabled = false }) => !disabled)
  const security = active.filter(({ roles }) => roles.includes('security-officer'))
  if (security.length < LEAST_SECURITY_OFFICERS)
    find('/officers', `at least ${LEAST_SECURITY_OFFICERS} security officers: there are ${security.length}`)
  // Who is an auditor is no security officer: parse-organisations.ts.
  if (!active.some(({ roles }) => roles.includes('auditor'))) find('/officers', 'at least one auditor')
  issuers.forEach(({ certificates }, issuer) =>
    certificates.forEach((certificate, index) => {
      if (isDevelopmentCertificate(certificate))
        find(`/issuers/${issuer}/certificates/${index}`, 'a certificate of a throw-away development authority')
    }),
  )
  return findings
}

/**
 * Who signed this genesis: exactly its security officers, each once. The keys are those that the genesis itself binds, so this says
 * that all of them took part; that it is the right genesis is what the pinned digest says. Attacker-controlled where a database
 * administrator writes the signatures.
 */
export function judgeGenesis(
  digest: Digest,
  officers: readonly Officer[],
  signatures: readonly string[],
): Result<readonly OfficerId[]> {
  const signers = signersOf(officers)
  if (signatures.length > signers.length) return err('there are more signatures than security officers')
  const signed = new Set<OfficerId>()
  for (const signature of signatures) {
    const officer = checkApproval(signature, digest, officers, 'genesis')
    if (!officer.ok) return err(`a signature of the genesis does not count: ${officer.error}`)
    const { id } = officer.value
    if (!signers.some(signer => signer.id === id)) return err(`${id} signed and is no security officer`)
    if (signed.has(id)) return err(`${id} signed twice`)
    signed.add(id)
  }
  const missing = signers.filter(({ id }) => !signed.has(id)).map(({ id }) => id)
  return missing.length === 0 ? ok([...signed].sort()) : err(`not signed by ${missing.join(', ')}`)
}
