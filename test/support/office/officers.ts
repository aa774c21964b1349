import { writeCertificate } from '../refusals/certificates.ts'
import type { ConfigurationFiles } from '../world/configuration-directory.ts'

/** An officer beside those of the demo. */
export interface MoreOfficer {
  readonly id: string
  readonly roles: readonly string[]
  readonly units?: readonly string[]
  readonly disabled?: true
  readonly authenticators?: readonly { readonly id: string; readonly publicKey: string }[]
  readonly secondFactor?: 'required'
}

/** Adds officers with certificates of their own to a world that is being made. */
export async function addOfficers(
  files: ConfigurationFiles,
  certsDir: string,
  officers: readonly MoreOfficer[],
): Promise<void> {
  const rows: string[] = []
  for (const { id, ...rest } of officers) {
    await writeCertificate(certsDir, `officer.${id}`, {
      system: id,
      uris: [`urn:lienthong:officer:${id}`],
      usages: ['clientAuth'],
      dnsNames: [],
      ips: [],
    })
    rows.push(`- ${JSON.stringify({ id, name: id, certificate: `officer.${id}.crt`, ...rest })}\n`)
  }
  files.set('officers.yaml', (files.get('officers.yaml') ?? '') + rows.join(''))
}
