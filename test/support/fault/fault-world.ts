import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../../../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../../../certs-dev/make-development-certificates.ts'
import { confirmedLately } from '../../../gateway/cli/demo/confirmed-lately.ts'
import { demoFiles, writeFiles } from '../world/configuration-directory.ts'
import { runCommand } from '../world/gateway-process.ts'

/** What a gateway that will be killed needs around it: certificates, a configuration without limits, an address that stays. */
export interface FaultWorld {
  readonly directory: string
  readonly certsDir: string
  readonly dataDir: string
  /** For the gateway and its commands, but for the database. */
  readonly environment: Record<string, string>
  remove(): void
}

export async function makeFaultWorld(): Promise<FaultWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-fault-'))
  const certsDir = join(directory, 'certs')
  await makeDevelopmentCertificates({
    out: certsDir,
    systems: DEMO_SYSTEMS,
    officers: DEMO_OFFICERS,
    gatewayId: DEMO_GATEWAY,
    now: new Date(),
  })
  const dataDir = join(directory, 'var')
  return {
    directory,
    certsDir,
    dataDir,
    environment: { DATA_DIR: dataDir, CONFIG_DIR: join(directory, 'config'), CERTS_DIR: certsDir },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** The demo world's configuration with providers at these ports, and limits that no load of a test reaches. */
export function writeConfiguration(world: FaultWorld, ports: { dataCentre: number; logistics?: number }): void {
  const files = demoFiles()
  for (const [name, text] of files)
    files.set(
      name,
      confirmedLately(text, new Date())
        .replaceAll('https://localhost:9443', `https://localhost:${ports.dataCentre}`)
        .replaceAll('https://localhost:9444', `https://localhost:${ports.logistics ?? 9444}`)
        .replace('limits: { perMinute: 600, concurrent: 16,', 'limits: { perMinute: 1000000, concurrent: 1000,'),
    )
  writeFiles(join(world.directory, 'config'), files)
}

export interface Verification {
  readonly code: number
  readonly good: boolean
  readonly records: number
  readonly findings: readonly Record<string, unknown>[]
}

/** `audit verify --json`, the operator's own verifier. Null: it could not read the database. */
export async function auditVerify(environment: Record<string, string>): Promise<Verification | null> {
  const { code, stdout } = await runCommand(['audit', 'verify', '--json'], environment)
  return stdout === '' ? null : { code, ...(JSON.parse(stdout) as Omit<Verification, 'code'>) }
}
